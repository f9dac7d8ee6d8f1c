import { eventually, leakCheck } from '@atlas/testing';
import { v7 } from 'uuid';
import type { ApiClient } from '../../test/api-client.ts';
import {
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../test/gateway-kit.ts';

let kit: GatewayKit;
let replicas: RunningGateway[];
let operator: ApiClient;

beforeAll(async () => {
  kit = await openGatewayKit();
  replicas = await Promise.all([kit.start(), kit.start(), kit.start()]);
  operator = await signInOperator(replicas[0]!);
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await kit.close();
});

/** What is promised to operators: a decision counts everywhere within a second. */
const soon = { timeoutMs: 1_000 };
const decision = { enabled: true, variant: 'on', percent: 100, reason: 'a test' };
const decide = (key: string, change: object = {}, headers: Record<string, string> = {}) =>
  operator.send('PUT', `/operator/flags/${key}`, { body: { ...decision, ...change }, headers });
const newcomer = () => ({ tenant_name: 'T', user_name: 'U', email: `${v7()}@example.com`, password: 'correct horse' });

describe('a feature flag', () => {
  it('is in the list with what it can be, and its fallback until somebody decides', async () => {
    const { body } = await operator.get('/operator/flags');
    expect(body.state).toBe('current');
    expect(body.items).toContainEqual({
      key: 'sign-up',
      description: expect.any(String),
      variants: { off: false, on: true },
      fallback: 'on',
      version: 0,
      decision: null,
    });
  });

  it('that is decided counts in every replica within a second', async () => {
    const statuses = () =>
      Promise.all(
        replicas.map(async (replica) => (await replica.client().post('/tenants', { body: newcomer() })).status),
      );
    expect(await statuses()).toEqual([201, 201, 201]);
    expect((await decide('sign-up', { variant: 'off' })).status).toBe(200);
    await eventually(async () => (await statuses()).every((status) => status === 403), { timeoutMs: 5_000 });
    const refused = await replicas[2]!.client().post('/tenants', { body: newcomer() });
    expect(refused).toMatchObject({ status: 403, body: { code: 'SIGN_UP_CLOSED' } });
    // Switched off is back to the fallback, at once.
    await decide('sign-up', { enabled: false, variant: 'off' });
    await eventually(async () => (await statuses()).every((status) => status === 201), { timeoutMs: 5_000 });
  });

  it('is given to a tenant in every replica alike', async () => {
    const { client, tenantId } = await signUp(replicas[0]!);
    await placeOrder(client);
    const counts = () =>
      Promise.all(
        replicas.map(async (replica) => {
          const visitor = replica.client();
          visitor.cookie = client.cookie;
          return (await visitor.get('/orders')).body.total_count;
        }),
      );
    expect(await counts()).toEqual([undefined, undefined, undefined]);
    await decide('order-count', { percent: 0, tenants: { [tenantId]: 'on' } });
    await eventually(async () => (await counts()).every((count) => count === 1), soon);
    await decide('order-count', { percent: 100, tenants: { [tenantId]: 'off' } });
    await eventually(async () => (await counts()).every((count) => count === undefined), soon);
  });

  it('is told to the people of a tenant, and only what clients may know of', async () => {
    const [ada, bob] = [await signUp(replicas[0]!), await signUp(replicas[0]!)];
    await decide('order-count', { percent: 0, tenants: { [ada.tenantId]: 'on' } });
    const flagsOf = async ({ client }: { client: ApiClient }) => (await client.get('/flags')).body;
    await eventually(async () => (await flagsOf(ada)).items[0].on === true, soon);
    expect(await flagsOf(ada)).toEqual({ items: [{ key: 'order-count', on: true }], next_cursor: null });
    expect(await flagsOf(bob)).toEqual({ items: [{ key: 'order-count', on: false }], next_cursor: null });
    expect((await operator.get('/flags')).status).toBe(403);
    expect((await replicas[0]!.client().get('/flags')).status).toBe(401);
  });

  it('remembers who decided what, when and why', async () => {
    const before = (await operator.get('/operator/flags/sign-up/history')).body.items.length as number;
    await decide('sign-up', { percent: 12.5, reason: 'half of a quarter' });
    const { body } = await operator.get('/operator/flags/sign-up/history?limit=1');
    const { user } = (await operator.get('/session')).body;
    expect(body.items).toEqual([
      {
        ...{ version: before + 1, enabled: true, variant: 'on', percent: 12.5, tenants: {} },
        ...{ reason: 'half of a quarter', changed_by: user.user_id, changed_at: expect.any(String) },
      },
    ]);
  });

  it('is not overwritten by who has not seen it', async () => {
    const { headers } = await decide('sign-up');
    const etag = headers.get('etag')!;
    expect((await decide('sign-up', {}, { 'if-match': etag })).status).toBe(200);
    const late = await decide('sign-up', {}, { 'if-match': etag });
    expect(late).toMatchObject({ status: 412, body: { code: 'PRECONDITION_FAILED' } });
    expect(late.headers.get('etag')).toBe(`"${late.body.version}"`);
    expect((await decide('sign-up', {}, { 'if-match': late.headers.get('etag')! })).status).toBe(200);
  });

  it.each<[string, object, number, string]>([
    ['of no variant that it has', { variant: 'purple' }, 422, 'UNKNOWN_VARIANT'],
    ['of a field of every object', { variant: 'constructor' }, 422, 'UNKNOWN_VARIANT'],
    ['without a reason', { reason: ' ' }, 400, 'INVALID_BODY'],
    ['of more than everybody', { percent: 101 }, 400, 'INVALID_BODY'],
    ['about no tenant', { tenants: { ada: 'on' } }, 400, 'INVALID_BODY'],
    ['with a field of its own', { colour: 'red' }, 400, 'INVALID_BODY'],
  ])('a decision %s is refused', async (_what, change, status, code) => {
    expect(await decide('sign-up', change)).toMatchObject({ status, body: { code } });
  });

  it('that no code asks for cannot be decided about', async () => {
    expect(await decide('sign-upp')).toMatchObject({ status: 404, body: { code: 'FLAG_NOT_FOUND' } });
    expect(await decide('constructor')).toMatchObject({ status: 404 });
    expect(await operator.get('/operator/flags/nope/history')).toMatchObject({ status: 404 });
    expect(await decide('sign-up', {}, { 'if-match': 'W/"1"' })).toMatchObject({
      status: 400,
      body: { code: 'MALFORMED_IF_MATCH' },
    });
  });
});

leakCheck();
