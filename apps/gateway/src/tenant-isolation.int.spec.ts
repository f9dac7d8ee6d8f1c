import { createIdentityVerifier, localKeys } from '@atlas/platform';
import { eventually, type HttpFake, leakCheck, routesOf, startHttpFake } from '@atlas/testing';
import { sql } from 'kysely';
import { v7 } from 'uuid';
import type { ApiRequest, ApiResponse } from '../test/api-client.ts';
import {
  draft,
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../test/gateway-kit.ts';
import { operations } from './api.ts';
import { scopeSchema } from './api-keys/scopes.domain.ts';
import { undescribedPaths } from './edge/openapi/openapi.api.ts';
import type { Operation } from './edge/openapi/operation.ts';

/** What a stranger asks for, aimed at what the victim has, and the status that is right. */
interface Case {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly status: number;
}

let kit: GatewayKit;
let gateway: RunningGateway;
let service: HttpFake;
let victim: Awaited<ReturnType<typeof furnishedTenant>>;
let stranger: Awaited<ReturnType<typeof furnishedTenant>>;
/** The tenants for whom the gateway vouched to services. */
let vouchedFor: string[] = [];

beforeAll(async () => {
  service = await startHttpFake(async ({ headers }, response) => {
    const { body: jwks } = await gateway.client().get('/.well-known/jwks.json');
    const token = headers.authorization?.replace('Bearer ', '');
    if (token) vouchedFor.push((await verifierOf(jwks, token)(token)).tenantId);
    response.setHeader('content-type', 'application/json');
    response.end('{"items":[],"next_cursor":null}');
  });
  kit = await openGatewayKit();
  const names = ['NOTIFICATION', 'BILLING', 'SUBSCRIPTION', 'REPORTING'];
  gateway = await kit.start({ config: Object.fromEntries(names.map((name) => [`${name}_URL`, service.url])) });
  [victim, stranger] = [await furnishedTenant(), await furnishedTenant()];
});

afterAll(async () => {
  await gateway.stop();
  await service.close();
  await kit.close();
});

/**
 * What changes something or has an id in its path needs a case here; a GET without one is asked as it is. What only
 * operators may do has none: it must be a 403.
 */
const cases = (): Record<string, Case> => ({
  'post /tenants': { body: { ...signUpBody, email: victim.email }, status: 409 },
  'post /session': { body: { email: victim.email, password: 'not theirs' }, status: 401 },
  'delete /session': { status: 204 },
  'delete /sessions': { status: 204 },
  'put /account/password': { body: { current_password: 'not theirs', new_password: 'correct horse' }, status: 403 },
  'delete /sessions/:session_id': { path: `/sessions/${victim.sessionId}`, status: 404 },
  'post /members': { body: { token: 'made-up', user_name: 'Eve', password: 'correct horse' }, status: 404 },
  'post /invitations': { body: { email: `${v7()}@example.com`, role: 'member' }, status: 201 },
  'delete /invitations/:invitation_id': { path: `/invitations/${victim.invitationId}`, status: 404 },
  'post /api-keys': { body: { name: 'Eve', scopes: ['orders:read'] }, status: 201 },
  'delete /api-keys/:key_id': { path: `/api-keys/${victim.keyId}`, status: 404 },
  'put /tenant/settings': { body: settings(5), headers: { 'if-match': '"1"' }, status: 200 },
  'post /orders': { body: draft, status: 201 },
  'get /orders/:order_id': { path: `/orders/${victim.orderId}`, status: 404 },
  'post /orders/:order_id/complete': { path: `/orders/${victim.orderId}/complete`, status: 404 },
});

const named = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;
const isProxied = ({ path }: Operation) => /^\/(feed|reports|webhooks|billing|subscriptions)(\/|$)/.test(path);
const isOperators = ({ access }: Operation) => access !== 'anybody' && !access.roles.includes('owner');

describe('every route of the app', () => {
  it('is in this test', () => {
    const described = new Set(operations.map(named));
    const routes = routesOf(gateway.express).filter(({ path }) => !undescribedPaths.includes(path));
    expect(routes.map(named).filter((route) => !described.has(route))).toEqual([]);
    const needCase = operations.filter(
      (operation) =>
        !isProxied(operation) &&
        !isOperators(operation) &&
        (operation.method !== 'get' || operation.path.includes(':')),
    );
    expect(Object.keys(cases()).sort()).toEqual(expect.arrayContaining(needCase.map(named).sort()));
  });

  it.each(operations.map((operation) => [named(operation), operation] as const))(
    '%s gives a stranger nothing, and takes nothing',
    async (_name, operation) => {
      const before = await holdings(victim.tenantId);
      for (const credentials of ['session', 'api-key'] as const) {
        vouchedFor = [];
        const answer = await askAsStranger(operation, credentials);
        expect([credentials, answer.status]).toEqual([credentials, expectedStatus(operation, credentials)]);
        for (const mark of victim.marks) expect(textOf(answer)).not.toContain(mark);
        expect(vouchedFor.every((tenantId) => tenantId === stranger.tenantId)).toBe(true);
        // A provider's webhook is passed on in nobody's name.
        const vouched = operation.access === 'anybody' ? 0 : 1;
        if (isProxied(operation) && answer.status === 200) expect(vouchedFor).toHaveLength(vouched);
      }
      expect(await holdings(victim.tenantId)).toEqual(before);
      expect((await victim.client.get('/session')).status).toBe(200);
    },
  );
});

it('a stored answer is given to nobody else who chooses the same Idempotency-Key', async () => {
  const request = { body: draft, key: 'the-same' };
  const mine = await victim.client.post('/orders', request);
  const theirs = await (await signedIn()).post('/orders', request);
  expect(theirs.status).toBe(201);
  expect(theirs.body.order_id).not.toBe(mine.body.order_id);
});

it('what a tenant may see, it does see: this test would notice', async () => {
  const own = await Promise.all(
    ['/orders', '/members', '/invitations', '/api-keys', '/session'].map((path) => victim.client.get(path)),
  );
  const text = own.map(textOf).join();
  for (const mark of victim.visibleMarks) expect(text).toContain(mark);
});

it('what the monolith answers for a slice is as separate as what the service answers', async () => {
  const operator = await signInOperator(gateway);
  const change = { body: { mode: 'monolith', reason: 'both answers keep tenants apart' } };
  const monolithSays = async (slice: string, path: string) => {
    expect((await operator.send('PUT', `/operator/slices/${slice}`, change)).status).toBe(200);
    return eventually(async () => {
      const answer = await victim.client.get(path, { described: false });
      return (answer.headers.get('atlas-slice') ?? '').includes('by=monolith') ? answer : false;
    });
  };
  const own = await monolithSays('feed', '/feed?limit=1');
  await monolithSays('reports', '/reports/revenue');
  expect(textOf(await victim.client.get('/feed'))).toContain(victim.completedId);
  const client = await signedIn();
  for (const path of ['/feed', '/reports/revenue']) {
    const answer = await client.get(path);
    expect([path, answer.status]).toEqual([path, 200]);
    for (const mark of victim.marks) expect(textOf(answer)).not.toContain(mark);
  }
  expect((await client.get('/reports/revenue')).body.items).toMatchObject([{ orders: 1, currency: 'GBP' }]);
  const foreign = await client.get(`/feed?cursor=${encodeURIComponent(own.body.next_cursor)}`);
  expect(foreign).toMatchObject({ status: 400, body: { code: 'INVALID_CURSOR' } });
});

const password = 'correct horse';
const settings = (maxLines: number) => ({ orders: { currencies: [], max_lines: maxLines } });
const signUpBody = { tenant_name: 'Eve Ltd', user_name: 'Eve', password };

/** A tenant that has one of everything. */
async function furnishedTenant() {
  const owner = await signUp(gateway);
  const { client, tenantId, userId, email } = owner;
  const orderId = await placeOrder(client);
  const completedId = await placeOrder(client);
  await client.post(`/orders/${completedId}/complete`);
  await client.send('PUT', '/tenant/settings', { body: settings(77), headers: { 'if-match': '"0"' } });
  const memberEmail = `${v7()}@example.com`;
  const accepted = await client.post('/invitations', { body: { email: memberEmail, role: 'member' } });
  const member = await gateway
    .client()
    .post('/members', { body: { token: accepted.body.token, user_name: 'Bob', password } });
  const invitedEmail = `${v7()}@example.com`;
  const pending = await client.post('/invitations', { body: { email: invitedEmail, role: 'member' } });
  const made = await client.post('/api-keys', { body: { name: 'Shop', scopes: scopeSchema.options } });
  const sessions = await client.get('/sessions');
  const ids = {
    orderId,
    completedId,
    memberId: member.body.user.user_id as string,
    invitationId: pending.body.invitation_id as string,
    keyId: made.body.key_id as string,
  };
  const visibleMarks = [tenantId, userId, email, memberEmail, invitedEmail, ...Object.values(ids)];
  const sessionId = sessions.body.items[0].session_id as string;
  return {
    ...owner,
    ...ids,
    sessionId,
    key: made.body.key as string,
    visibleMarks,
    marks: [...visibleMarks, sessionId],
  };
}

/** The rows of every table that has a tenant: new tables are in it as soon as they exist. */
async function holdings(tenantId: string): Promise<Record<string, unknown>> {
  const { rows: tables } = await sql<{ name: string }>`
    SELECT table_name AS name FROM information_schema.columns
    WHERE table_schema = 'public' AND column_name = 'tenant_id' ORDER BY 1`.execute(kit.db);
  const found: Record<string, unknown> = {};
  for (const { name } of tables.filter((table) => table.name !== 'outbox')) {
    const { rows } = await sql`
      SELECT to_jsonb(each) AS row FROM ${sql.table(name)} AS each WHERE tenant_id::text = ${tenantId} ORDER BY 1::text
    `.execute(kit.db);
    found[name] = rows;
  }
  return found;
}

/** For whichever service the token is: that it is good for this one alone is another test's. */
function verifierOf(jwks: Parameters<typeof localKeys>[0], token: string) {
  const { aud } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { aud: string };
  return createIdentityVerifier({ keySource: localKeys(jwks), audience: aud });
}

/** A session of its own each time: some of the routes end it. */
async function signedIn() {
  const client = gateway.client();
  await client.post('/session', { body: { email: stranger.email, password: stranger.password } });
  return client;
}

async function askAsStranger(operation: Operation, credentials: 'session' | 'api-key'): Promise<ApiResponse> {
  const { path = operation.path.replaceAll(/:\w+/g, victim.orderId), body, headers } = cases()[named(operation)] ?? {};
  const client = credentials === 'session' ? await signedIn() : gateway.client();
  const request: ApiRequest = {
    ...(body !== undefined || operation.body ? { body: body ?? {} } : {}),
    headers: { ...headers, ...(credentials === 'api-key' && { authorization: `Bearer ${stranger.key}` }) },
    described: !isProxied(operation),
  };
  const answer = await client.send(operation.method.toUpperCase(), path, request);
  return { ...answer, body: withoutEcho(answer.body, path) };
}

// "There is no order 0198…": what was asked for may be said back.
function withoutEcho(body: unknown, path: string): unknown {
  const asked = path.split('/').filter((segment) => segment.length > 20);
  return asked.reduce((text, segment) => text.replaceAll(segment, ''), JSON.stringify(body) ?? '');
}

function expectedStatus(operation: Operation, credentials: 'session' | 'api-key'): number {
  const { access } = operation;
  if (credentials === 'api-key' && access !== 'anybody' && access.scope === undefined) return 403;
  if (isOperators(operation)) return 403;
  return cases()[named(operation)]?.status ?? 200;
}

function textOf({ headers, body }: ApiResponse): string {
  return JSON.stringify([...headers, body]);
}

leakCheck();
