import { eventually, leakCheck } from '@atlas/testing';
import { sql } from 'kysely';
import {
  draft,
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signUp,
} from '../../test/gateway-kit.ts';
import { pruneAnswers } from './idempotency.ts';

const dayMs = 24 * 60 * 60 * 1000;

let kit: GatewayKit;
let gateway: RunningGateway;
let nowMs = Date.now();
/** While set, every transaction of an order waits here right before its commit. */
let hold: PromiseWithResolvers<void> | undefined;
let held = 0;

beforeAll(async () => {
  kit = await openGatewayKit();
  gateway = await kit.start({
    clock: () => new Date(nowMs),
    probe: async (step) => {
      if (step !== 'orders.before-commit' || !hold) return;
      held += 1;
      await hold.promise;
    },
  });
});

afterAll(async () => {
  await gateway.stop();
  await kit.close();
});

describe('a POST with an Idempotency-Key', () => {
  it('is run once; repeated it gets the same answer, which says that it is a stored one', async () => {
    const { client } = await signUp(gateway);
    const first = await client.post('/orders', { body: draft, key: 'k-1' });
    const second = await client.post('/orders', { body: draft, key: 'k-1' });
    expect(first).toMatchObject({ status: 201 });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect((await client.get('/orders')).body.items).toHaveLength(1);
  });

  it('is the same request with its members in another order and its key in quotes', async () => {
    const { client } = await signUp(gateway);
    const first = await client.post('/orders', { body: draft, key: 'k-1' });
    const { currency, lines } = draft;
    const second = await client.post('/orders', { body: { lines, currency }, key: '"k-1"' });
    expect(second).toMatchObject({ status: 201, body: first.body });
  });

  it('is a 409 while the first one runs, and gets its answer afterwards', async () => {
    const { client } = await signUp(gateway);
    hold = Promise.withResolvers();
    held = 0;
    const first = client.post('/orders', { body: draft, key: 'k-1' });
    await eventually(() => held === 1);
    const during = await client.post('/orders', { body: draft, key: 'k-1' });
    hold.resolve();
    hold = undefined;
    expect(during).toMatchObject({ status: 409, body: { code: 'IDEMPOTENCY_KEY_IN_PROGRESS' } });
    expect(during.headers.get('retry-after')).toBe('1');
    const answer = await first;
    expect(answer.status).toBe(201);
    expect((await client.post('/orders', { body: draft, key: 'k-1' })).body).toEqual(answer.body);
  });

  it('has one effect when 20 are sent at once', async () => {
    const { client } = await signUp(gateway);
    const send = () => client.post('/orders', { body: draft, key: 'k-1' });
    const responses = await Promise.all(Array.from({ length: 20 }, send));
    const answered = responses.filter(({ status }) => status === 201);
    expect(responses.filter(({ status }) => status !== 201 && status !== 409)).toEqual([]);
    expect(new Set(answered.map(({ body }) => body.order_id)).size).toBe(1);
    expect(answered.filter(({ headers }) => !headers.has('idempotent-replayed'))).toHaveLength(1);
    expect((await client.get('/orders')).body.items).toHaveLength(1);
  });

  it('is free again at once when its transaction is lost', async () => {
    const { client } = await signUp(gateway);
    hold = Promise.withResolvers();
    held = 0;
    const first = client.post('/orders', { body: draft, key: 'k-1' });
    await eventually(() => held === 1);
    // What happens to the connection of a process that is killed.
    await sql`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND state = 'idle in transaction'`.execute(kit.db);
    hold.resolve();
    hold = undefined;
    expect(await first).toMatchObject({ status: 503 });
    const retried = await client.post('/orders', { body: draft, key: 'k-1' });
    expect(retried.status).toBe(201);
    expect(retried.headers.get('idempotent-replayed')).toBeNull();
    expect((await client.get('/orders')).body.items).toHaveLength(1);
  });

  it('is a 422 for another body, and for another order', async () => {
    const { client } = await signUp(gateway);
    await client.post('/orders', { body: draft, key: 'k-1' });
    const other = await client.post('/orders', { body: { ...draft, currency: 'EUR' }, key: 'k-1' });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    const [one, two] = [await placeOrder(client), await placeOrder(client)];
    expect((await client.post(`/orders/${one}/complete`, { key: 'k-2' })).status).toBe(200);
    expect((await client.post(`/orders/${two}/complete`, { key: 'k-2' })).status).toBe(422);
  });

  it('means nothing to other users and to other routes', async () => {
    const [ada, bob] = [await signUp(gateway), await signUp(gateway)];
    const first = await ada.client.post('/orders', { body: draft, key: 'k-1' });
    const second = await bob.client.post('/orders', { body: draft, key: 'k-1' });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.order_id).not.toBe(first.body.order_id);
    expect((await ada.client.post(`/orders/${first.body.order_id}/complete`, { key: 'k-1' })).status).toBe(200);
  });

  it('is not used up by a request that had no effect', async () => {
    const { client } = await signUp(gateway);
    expect((await client.post('/orders', { body: { currency: 'GBP' }, key: 'k-1' })).status).toBe(400);
    expect((await client.post('/orders', { body: draft, key: 'k-1' })).status).toBe(201);
    expect((await client.post(`/orders/${crypto.randomUUID()}/complete`, { key: 'k-2' })).status).toBe(404);
    expect((await client.post(`/orders/${await placeOrder(client)}/complete`, { key: 'k-2' })).status).toBe(200);
  });

  it.each(['', ' ', 'a b', 'ü', 'x'.repeat(256)])('refuses the key %j', async (key) => {
    const { client } = await signUp(gateway);
    const headers = { 'idempotency-key': Buffer.from(key).toString('latin1') };
    expect(await client.post('/orders', { body: draft, headers })).toMatchObject({
      status: 400,
      body: { code: 'IDEMPOTENCY_KEY_MALFORMED' },
    });
  });

  it('is forgotten after 24 hours, before and after the row is pruned', async () => {
    const { client, email, password } = await signUp(gateway);
    const first = await client.post('/orders', { body: draft, key: 'k-1' });
    nowMs += dayMs - 1;
    // The answer outlives the session, which ends after 12 hours.
    expect((await client.post('/session', { body: { email, password } })).status).toBe(200);
    expect((await client.post('/orders', { body: draft, key: 'k-1' })).body).toEqual(first.body);
    nowMs += 1;
    const second = await client.post('/orders', { body: { ...draft, currency: 'EUR' }, key: 'k-1' });
    expect(second).toMatchObject({ status: 201, body: { currency: 'EUR' } });
    expect(second.headers.get('idempotent-replayed')).toBeNull();

    const stored = () => kit.db.selectFrom('idempotency_keys').select('key').execute();
    while ((await pruneAnswers(kit.db, new Date(nowMs), 2)) > 0);
    expect(await stored()).toEqual([{ key: 'k-1' }]);
    expect(await pruneAnswers(kit.db, new Date(nowMs + dayMs), 2)).toBe(1);
    expect(await stored()).toEqual([]);
  });
});

describe('a sign-up with an Idempotency-Key', () => {
  const body = {
    tenant_name: 'Analytical Engines',
    user_name: 'Ada',
    email: 'ada@example.com',
    password: 'correct horse',
  };

  it('repeated, gives the same account and signs in, but not with another password', async () => {
    const [lost, retry, thief] = [gateway.client(), gateway.client(), gateway.client()];
    const first = await lost.post('/tenants', { body, key: 'sign-up-1' });
    const second = await retry.post('/tenants', { body, key: 'sign-up-1' });
    expect(first.status).toBe(201);
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect((await retry.get('/session')).body).toEqual(first.body);
    const guessed = await thief.post('/tenants', { body: { ...body, password: 'wrong horse' }, key: 'sign-up-1' });
    expect(guessed).toMatchObject({ status: 422 });
    expect(thief.cookie).toBeUndefined();
  });

  it('stores nothing from which the password could be guessed', async () => {
    const rows = await kit.db.selectFrom('idempotency_keys').selectAll().where('key', '=', 'sign-up-1').execute();
    expect(JSON.stringify(rows)).not.toContain('horse');
    expect(rows[0]).toMatchObject({ fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });
});

leakCheck();
