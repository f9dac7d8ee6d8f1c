import { createIdentityVerifier, localKeys } from '@atlas/platform';
import { eventually, type HttpFake, leakCheck, startHttpFake } from '@atlas/testing';
import type { ApiClient, ApiRequest } from '../../test/api-client.ts';
import {
  draft,
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../test/gateway-kit.ts';
import { isStored } from '../../test/stored-secret.ts';
import type { ApiKeyId } from '../ids.domain.ts';
import { mostActiveKeys } from './api-key.domain.ts';
import type { Scope } from './scopes.domain.ts';

let kit: GatewayKit;
let gateway: RunningGateway;
let service: HttpFake;
let owner: Awaited<ReturnType<typeof signUp>>;

beforeAll(async () => {
  service = await startHttpFake(({ path }, response) => {
    const isPicture = path.endsWith('.svg');
    const report = path.startsWith('/reports') && { totals: [], as_of: null, lag_seconds: null };
    response.setHeader('content-type', isPicture ? 'image/svg+xml' : 'application/json');
    response.end(isPicture ? '<svg/>' : JSON.stringify({ items: [], next_cursor: null, ...report }));
  });
  kit = await openGatewayKit();
  gateway = await kit.start({ config: { NOTIFICATION_URL: service.url, REPORTING_URL: service.url } });
  owner = await signUp(gateway);
});

afterAll(async () => {
  await gateway.stop();
  await service.close();
  await kit.close();
});

async function makeKey(client: ApiClient, wish: { scopes?: Scope[]; name?: string; expires_at?: string } = {}) {
  const response = await client.post('/api-keys', { body: { name: 'Shop', scopes: ['orders:read'], ...wish } });
  if (response.status !== 201) throw new Error(`no key: ${JSON.stringify(response.body)}`);
  return response.body as { key_id: ApiKeyId; key: string };
}

/** A program with an API key: no cookie, and none of the headers that a browser sends. */
function machine(key: string, at: RunningGateway = gateway) {
  const client = at.client();
  return (method: string, path: string, { headers, ...request }: ApiRequest = {}) =>
    client.send(method, path, {
      ...request,
      headers: { authorization: `Bearer ${key}`, 'sec-fetch-site': undefined, ...headers },
    });
}

describe('making a key', () => {
  it('shows it once, and keeps neither it nor its secret', async () => {
    const body = { name: ' Shop ', scopes: ['orders:write', 'orders:read', 'orders:read'] };
    const { client, userId } = await signUp(gateway);
    const made = await client.post('/api-keys', { body, key: 'once' });
    expect(made.status).toBe(201);
    const { key, ...rest } = made.body;
    expect(key).toMatch(/^atlas_[0-9a-f]{32}_[A-Za-z0-9_-]{43}$/);
    expect(rest).toEqual({
      key_id: expect.any(String),
      name: 'Shop',
      scopes: ['orders:read', 'orders:write'],
      status: 'active',
      created_by: userId,
      created_at: expect.any(String),
      expires_at: null,
      last_used_at: null,
      revoked_at: null,
    });
    expect((await client.get('/api-keys')).body).toEqual({ items: [rest], next_cursor: null });
    const again = await client.post('/api-keys', { body, key: 'once' });
    expect(again.body).toEqual({ ...rest, key: null });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await isStored(kit.db, 'api_keys', key)).toBe(false);
    expect(await isStored(kit.db, 'idempotency_keys', key)).toBe(false);
  });

  it.each([
    ['no scope', { name: 'Shop', scopes: [] }],
    ['an unknown scope', { name: 'Shop', scopes: ['everything'] }],
    ['no name', { scopes: ['orders:read'] }],
    ['an end in the past', { name: 'Shop', scopes: ['orders:read'], expires_at: '2020-01-01T00:00:00Z' }],
    ['an end that is no time', { name: 'Shop', scopes: ['orders:read'], expires_at: 'tomorrow' }],
    ['a field too many', { name: 'Shop', scopes: ['orders:read'], role: 'operator' }],
  ])('with %s is refused', async (_name, body) => {
    expect(await owner.client.post('/api-keys', { body })).toMatchObject({
      status: 400,
      body: { code: 'INVALID_BODY' },
    });
  });

  it('is for owners', async () => {
    const operator = await signInOperator(gateway);
    const response = await operator.post('/api-keys', { body: { name: 'Shop', scopes: ['orders:read'] } });
    expect(response).toMatchObject({ status: 403, body: { code: 'ROLE_REQUIRED' } });
  });

  it('stops at the limit, however many ask at once, and goes on when one is revoked', async () => {
    const { client } = await signUp(gateway);
    const { key_id } = await makeKey(client);
    for (let count = 2; count < mostActiveKeys; count += 1) await makeKey(client);
    const body = { name: 'One more', scopes: ['orders:read'] };
    const answers = await Promise.all(Array.from({ length: 4 }, () => client.post('/api-keys', { body })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('TOO_MANY_API_KEYS');
    await client.send('DELETE', `/api-keys/${key_id}`);
    expect((await client.post('/api-keys', { body })).status).toBe(201);
  });
});

describe('a request with a key', () => {
  it('acts on behalf of its owner, needs no cookie, gets none, and is not checked for other sites', async () => {
    const { key } = await makeKey(owner.client, { scopes: ['orders:read', 'orders:write'] });
    const ask = machine(key);
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' };
    const placed = await ask('POST', '/orders', { body: draft, headers });
    expect(placed.status).toBe(201);
    expect(placed.headers.getSetCookie()).toEqual([]);
    expect((await owner.client.get(`/orders/${placed.body.order_id}`)).body).toEqual(placed.body);
    expect((await ask('POST', `/orders/${placed.body.order_id}/complete`)).status).toBe(200);
    const head = await fetch(`${gateway.url}/orders`, { method: 'HEAD', headers: { authorization: `Bearer ${key}` } });
    expect(head.status).toBe(200);
  });

  it.each<[Scope, string, string, Scope[]]>([
    ['orders:read', 'GET', '/orders', ['orders:write', 'feed:read', 'webhooks:manage', 'reports:read']],
    ['orders:write', 'POST', '/orders', ['orders:read', 'feed:read', 'webhooks:manage', 'reports:read']],
    ['feed:read', 'GET', '/feed', ['orders:read', 'orders:write', 'webhooks:manage', 'reports:read']],
    ['reports:read', 'GET', '/reports/revenue', ['orders:read', 'orders:write', 'feed:read', 'webhooks:manage']],
    ['webhooks:manage', 'GET', '/webhooks/endpoints', ['orders:read', 'orders:write', 'feed:read', 'reports:read']],
  ])('with %s may %s %s, with all other scopes it may not', async (scope, method, path, others) => {
    const request = method === 'POST' ? { body: draft } : {};
    const allowed = await machine((await makeKey(owner.client, { scopes: [scope] })).key)(method, path, request);
    expect([200, 201]).toContain(allowed.status);
    const refused = await machine((await makeKey(owner.client, { scopes: others })).key)(method, path, request);
    expect(refused).toMatchObject({ status: 403, body: { code: 'SCOPE_REQUIRED', scopes: [scope] } });
  });

  it('with reports:read sees the pictures as well, and neither the page for people nor what operators see', async () => {
    const ask = machine((await makeKey(owner.client, { scopes: ['reports:read'] })).key);
    const statuses = async (paths: string[]) => {
      const answers = await Promise.all(paths.map((path) => ask('GET', path)));
      return answers.map(({ status, body }) => [status, body.code]);
    };
    expect(await statuses(['/reports/charges', '/reports/sagas.svg'])).toEqual(Array(2).fill([200, undefined]));
    const closed = ['/reports', '/operator/reports', '/operator/reports/revenue', '/operator/reports/revenue.svg'];
    expect(await statuses(closed)).toEqual(closed.map(() => [403, 'SESSION_REQUIRED']));
  });

  it('tells the services the tenant and the owner, and never the key', async () => {
    const { key } = await makeKey(owner.client, { scopes: ['feed:read'] });
    await machine(key)('GET', '/feed');
    const { headers } = service.requests.at(-1)!;
    const { body: jwks } = await gateway.client().get('/.well-known/jwks.json');
    const verify = createIdentityVerifier({ keySource: localKeys(jwks), audience: 'notification' });
    const { tenantId, userId, email } = owner;
    const identity = await verify(String(headers['authorization']).replace('Bearer ', ''));
    expect(identity).toEqual({ tenantId, userId, email, roles: ['owner'] });
    expect(JSON.stringify(headers)).not.toContain(key);
  });

  it('has idempotency keys of its own', async () => {
    const scopes: Scope[] = ['orders:write'];
    const [one, two] = [await makeKey(owner.client, { scopes }), await makeKey(owner.client, { scopes })];
    const request = { body: draft, key: 'order-1' };
    const [first, other] = [
      await machine(one.key)('POST', '/orders', request),
      await machine(two.key)('POST', '/orders', request),
    ];
    expect(other.body.order_id).not.toBe(first.body.order_id);
    expect((await machine(one.key)('POST', '/orders', request)).body).toEqual(first.body);
  });

  it('goes by the key, not by a cookie that comes along', async () => {
    const eve = await signUp(gateway);
    const { key } = await makeKey(owner.client, { scopes: ['orders:read'] });
    const orderId = await placeOrder(owner.client);
    const headers = { authorization: `Bearer ${key}` };
    expect((await eve.client.get(`/orders/${orderId}`, { headers })).status).toBe(200);
    const closed = await eve.client.get('/session', { headers });
    expect(closed).toMatchObject({ status: 403, body: { code: 'SESSION_REQUIRED' } });
  });

  it('needs no Redis', async () => {
    const { key } = await makeKey(owner.client, { scopes: ['orders:read'] });
    // Nobody listens on port 9.
    const replica = await kit.start({ redisUrl: 'redis://127.0.0.1:9' });
    expect((await machine(key, replica)('GET', '/orders')).status).toBe(200);
    const withCookie = replica.client();
    withCookie.cookie = owner.client.cookie;
    expect((await withCookie.get('/orders')).status).toBe(503);
    await replica.stop();
  });
});

describe('a key that is not good', () => {
  const refused = { status: 401, body: { code: 'INVALID_API_KEY' } };

  it('says so, and not what is wrong with it', async () => {
    const { key, key_id } = await makeKey(owner.client);
    const unknown = key.replace(/^atlas_[0-9a-f]{8}/, 'atlas_00000000');
    const wrongSecret = `${key.slice(0, -43)}${'A'.repeat(43)}`;
    const bodies = [];
    for (const bad of ['atlas_', 'atlas_made_up', unknown, wrongSecret, key.slice(0, -1), `${key}A`]) {
      const response = await machine(bad)('GET', '/orders');
      expect(response).toMatchObject(refused);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      const { request_id: _id, ...body } = response.body;
      bodies.push(JSON.stringify(body));
    }
    await owner.client.send('DELETE', `/api-keys/${key_id}`);
    const { request_id: _id, ...body } = (await machine(key)('GET', '/orders')).body;
    expect(new Set([...bodies, JSON.stringify(body)]).size).toBe(1);
  });

  it('is refused although the cookie beside it is good', async () => {
    const response = await owner.client.get('/orders', { headers: { authorization: 'Bearer atlas_made_up' } });
    expect(response).toMatchObject(refused);
  });

  it('is another matter than an Authorization header that is not ours', async () => {
    for (const authorization of ['Bearer something', 'Basic YTpi', 'Bearer', 'atlas_x', '']) {
      expect((await owner.client.get('/orders', { headers: { authorization } })).status).toBe(200);
      const stranger = await gateway.client().get('/orders', { headers: { authorization } });
      expect(stranger).toMatchObject({ status: 401, body: { code: 'NOT_SIGNED_IN' } });
    }
  });

  it('was revoked: the next request is refused, at every replica', async () => {
    const replica = await kit.start();
    const { key, key_id } = await makeKey(owner.client);
    expect((await machine(key, replica)('GET', '/orders')).status).toBe(200);
    for (let time = 1; time <= 2; time += 1) {
      expect((await owner.client.send('DELETE', `/api-keys/${key_id}`)).status).toBe(204);
    }
    expect(await machine(key, replica)('GET', '/orders')).toMatchObject(refused);
    expect(await machine(key)('GET', '/orders')).toMatchObject(refused);
    const { items } = (await owner.client.get('/api-keys?limit=1')).body;
    expect(items).toMatchObject([{ key_id, status: 'revoked', revoked_at: expect.any(String) }]);
    await replica.stop();
  });

  it('has expired', async () => {
    const expiresAt = new Date(Date.now() + 60_000);
    const { key } = await makeKey(owner.client, { expires_at: expiresAt.toISOString() });
    expect((await machine(key)('GET', '/orders')).status).toBe(200);
    const later = await kit.start({ clock: () => expiresAt });
    expect(await machine(key, later)('GET', '/orders')).toMatchObject(refused);
    await later.stop();
  });

  it('cannot be revoked when it does not exist', async () => {
    const response = await owner.client.send('DELETE', `/api-keys/${crypto.randomUUID()}`);
    expect(response).toMatchObject({ status: 404, body: { code: 'API_KEY_NOT_FOUND' } });
  });
});

describe('the date of the last use', () => {
  const lastUse = async (keyId: ApiKeyId) =>
    (await kit.db.selectFrom('api_keys').select('last_used_at').where('key_id', '=', keyId).executeTakeFirstOrThrow())
      .last_used_at;

  it('is written at most once a minute, by many requests at once too', async () => {
    const start = Date.now();
    let now = start;
    const replica = await kit.start({ clock: () => new Date(now) });
    const { key, key_id } = await makeKey(owner.client);
    expect(await lastUse(key_id)).toBeNull();
    const ask = machine(key, replica);
    await Promise.all(Array.from({ length: 20 }, () => ask('GET', '/orders')));
    expect(await lastUse(key_id)).toEqual(new Date(start));
    now = start + 59_999;
    await ask('GET', '/orders');
    expect(await lastUse(key_id)).toEqual(new Date(start));
    now = start + 60_000;
    await ask('GET', '/orders');
    expect(await lastUse(key_id)).toEqual(new Date(now));
    await replica.stop();
  });

  it('holds nobody up: a request goes through while another one writes it', async () => {
    const { key, key_id } = await makeKey(owner.client);
    await kit.db.transaction().execute(async (tx) => {
      await tx.selectFrom('api_keys').select('key_id').where('key_id', '=', key_id).forUpdate().execute();
      expect((await machine(key)('GET', '/orders')).status).toBe(200);
    });
    await machine(key)('GET', '/orders');
    await eventually(async () => (await lastUse(key_id)) !== null);
  });
});

leakCheck();
