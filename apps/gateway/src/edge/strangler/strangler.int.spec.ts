import { bucketOf } from '@atlas/shared-state';
import { eventually, leakCheck } from '@atlas/testing';
import type { ApiClient } from '../../../test/api-client.ts';
import { type FakeService, startFakeService } from '../../../test/fake-service.ts';
import {
  type GatewayKit,
  openGatewayKit,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../../test/gateway-kit.ts';

let kit: GatewayKit;
let service: FakeService;
let gateway: RunningGateway;
let second: RunningGateway;
let operator: ApiClient;

beforeAll(async () => {
  service = await startFakeService();
  kit = await openGatewayKit();
  const config = { NOTIFICATION_URL: service.url };
  [gateway, second] = await Promise.all([kit.start({ config }), kit.start({ config })]);
  operator = await signInOperator(gateway);
});

afterAll(async () => {
  await Promise.all([gateway.stop(), second.stop()]);
  await service.close();
  await kit.close();
});

const change = (name: string, body: object) => operator.send('PUT', `/operator/slices/${name}`, { body });
const setMode = async (body: object) =>
  expect(await change('feed', { reason: 'a test', ...body })).toMatchObject({ status: 200 });
const servedBy = (response: { headers: Headers }) => /by=(\w+)/.exec(response.headers.get('atlas-slice') ?? '')?.[1];

/** Signs up until there is a tenant that a canary of 50 % includes, or does not. */
async function tenantIn(canary: boolean) {
  for (;;) {
    const tenant = await signUp(gateway);
    if (bucketOf('feed', tenant.tenantId) < 5_000 === canary) return tenant;
  }
}

describe('a slice is answered', () => {
  it('by the service at first, as the table says', async () => {
    const { client } = await signUp(gateway);
    const response = await client.get('/feed');
    expect(response.headers.get('atlas-slice')).toBe('feed; mode=service; by=service');
    expect(service.requests.at(-1)).toMatchObject({ path: '/feed' });
  });

  it('by the monolith in monolith, out of its own tables', async () => {
    await setMode({ mode: 'monolith' });
    const { client, userId } = await signUp(gateway);
    const asked = service.requests.length;
    const response = await client.get('/feed');
    expect(response).toMatchObject({ status: 200, body: { items: [{ type: 'user.registered', subject: userId }] } });
    expect(response.headers.get('atlas-slice')).toBe('feed; mode=monolith; by=monolith');
    expect(service.requests).toHaveLength(asked);
  });

  it('by one of the two for a tenant in canary, always the same one, in every replica', async () => {
    const [inside, outside] = [await tenantIn(true), await tenantIn(false)];
    await setMode({ mode: 'canary', percent: 50 });
    await eventually(async () => servedBy(await onSecond(inside).get('/feed')) === 'service', { timeoutMs: 1_000 });
    for (let turn = 0; turn < 5; turn += 1) {
      expect(servedBy(await inside.client.get('/feed'))).toBe('service');
      expect(servedBy(await outside.client.get('/feed'))).toBe('monolith');
      expect(servedBy(await onSecond(inside).get('/feed'))).toBe('service');
      expect(servedBy(await onSecond(outside).get('/feed'))).toBe('monolith');
    }
    await setMode({ mode: 'canary', percent: 60 });
    expect(servedBy(await inside.client.get('/feed'))).toBe('service');
  });

  it('with 404 by the monolith where it has nothing, whatever the method', async () => {
    await setMode({ mode: 'monolith' });
    const { client } = await signUp(gateway);
    expect((await client.get('/feed/unknown', { described: false })).status).toBe(404);
    expect((await client.post('/feed', { described: false })).status).toBe(404);
    expect((await client.get('/FEED/', { described: false })).status).toBe(200);
    const headers = { cookie: client.cookie! };
    expect((await fetch(`${gateway.url}/feed`, { method: 'HEAD', headers })).status).toBe(200);
  });

  it('not at all while its service does not exist', async () => {
    const { client } = await signUp(gateway);
    for (const path of ['/billing/plans', '/subscriptions']) {
      expect(await client.get(path, { described: false })).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    }
  });

  function onSecond({ client }: { client: ApiClient }): ApiClient {
    return Object.assign(second.client(), { cookie: client.cookie });
  }
});

describe('when the service is down', () => {
  afterEach(() => {
    service.answer = () => ({ body: { items: [], next_cursor: null } });
  });

  it('the monolith answers in canary', async () => {
    const inside = await tenantIn(true);
    await setMode({ mode: 'canary', percent: 50 });
    service.answer = () => ({ status: 503 });
    const response = await inside.client.get('/feed');
    expect(response).toMatchObject({ status: 200, body: { items: [{ type: 'user.registered' }] } });
    expect(servedBy(response)).toBe('monolith');
    service.answer = () => ({ status: 500 });
    expect((await inside.client.get('/feed')).status).toBe(200);
  });

  it('the monolith answers in canary for a service that hangs', async () => {
    const inside = await tenantIn(true);
    await setMode({ mode: 'canary', percent: 50 });
    const released = Promise.withResolvers<object>();
    service.answer = () => released.promise;
    expect(servedBy(await inside.client.get('/feed'))).toBe('monolith');
    released.resolve({});
  });

  it('nobody answers what changes something: 503, with when to come again', async () => {
    const replica = await kit.start();
    const { client } = await signUp(replica);
    const refused = await client.post('/webhooks/endpoints', {
      body: { url: 'https://example.com', events: ['order.completed'] },
    });
    expect(refused).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
    expect(refused.headers.get('retry-after')).toBe('2');
    await replica.stop();
  });

  it('what the service itself says of its state is passed on in service', async () => {
    await setMode({ mode: 'service' });
    service.answer = () => ({ status: 503, headers: { 'retry-after': '7' }, body: { code: 'DEPENDENCY_UNAVAILABLE' } });
    const { client } = await signUp(gateway);
    const response = await client.get('/feed', { described: false });
    expect(response).toMatchObject({ status: 503, body: { code: 'DEPENDENCY_UNAVAILABLE' } });
    expect(response.headers.get('retry-after')).toBe('7');
  });
});

describe('the operator', () => {
  it('sees all slices, and the modes that each can be in', async () => {
    const { body } = await operator.get('/operator/slices');
    const seen = (body as { items: { name: string; possible_modes: string[] }[] }).items;
    expect(Object.fromEntries(seen.map(({ name, possible_modes }) => [name, possible_modes]))).toEqual({
      feed: ['monolith', 'shadow', 'canary', 'service'],
      reports: ['monolith'],
      webhooks: ['service'],
      billing: [],
      subscriptions: [],
      'billing-operations': [],
      'subscription-operations': [],
      'report-views': [],
      'report-operations': [],
    });
  });

  it('changes a mode with a reason, and finds it in the history', async () => {
    await setMode({ mode: 'canary', percent: 12.5, reason: 'first tenants' });
    await setMode({ mode: 'monolith', reason: 'the p99 was bad', automatic_rollback: false });
    const { body } = await operator.get('/operator/slices/feed');
    expect(body).toMatchObject({ mode: 'monolith', percent: null, automatic_rollback: false });
    const [last, before] = body.history as object[];
    expect(last).toMatchObject({ mode: 'monolith', reason: 'the p99 was bad', changed_by: 'operator@atlas.example' });
    expect(before).toMatchObject({ mode: 'canary', percent: 12.5, reason: 'first tenants', automatic_rollback: true });
  });

  it.each([
    ['reports', { mode: 'shadow' }, 409, 'SLICE_HAS_NO_SERVICE'],
    ['webhooks', { mode: 'monolith' }, 409, 'SLICE_HAS_NO_MONOLITH'],
    ['billing', { mode: 'service' }, 409, 'SLICE_HAS_NO_SERVICE'],
    ['nothing', { mode: 'service' }, 404, 'SLICE_NOT_FOUND'],
    ['feed', { mode: 'sideways' }, 400, 'INVALID_BODY'],
    ['feed', { mode: 'canary' }, 400, 'INVALID_BODY'],
    ['feed', { mode: 'canary', percent: 101 }, 400, 'INVALID_BODY'],
    ['feed', { mode: 'canary', percent: '10' }, 400, 'INVALID_BODY'],
    ['feed', { mode: 'canary', percent: 0.001 }, 400, 'INVALID_BODY'],
    ['feed', { mode: 'service', percent: 10 }, 400, 'INVALID_BODY'],
    ['feed', { mode: 'service', reason: '' }, 400, 'INVALID_BODY'],
    ['feed', { mode: 'service', force: true }, 400, 'INVALID_BODY'],
  ])('cannot change %s to %j', async (name, body, status, code) => {
    expect(await change(name, { reason: 'a test', ...body })).toMatchObject({ status, body: { code } });
  });

  it('is nobody else', async () => {
    const { client } = await signUp(gateway);
    expect((await client.get('/operator/slices')).status).toBe(403);
    const body = { mode: 'monolith', reason: 'mine now' };
    expect((await client.send('PUT', '/operator/slices/feed', { body })).status).toBe(403);
  });
});

leakCheck();
