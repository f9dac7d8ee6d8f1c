import { eventually, leakCheck, testRedis } from '@atlas/testing';
import {
  type GatewayKit,
  openGatewayKit,
  operator,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../test/gateway-kit.ts';

let kit: GatewayKit;
let gateway: RunningGateway;

beforeAll(async () => {
  kit = await openGatewayKit();
  gateway = await kit.start();
});

afterAll(async () => {
  await gateway.stop();
  await kit.close();
});

const account = { tenant_name: 'Analytical Engines', user_name: 'Ada', password: 'correct horse' };

describe('a sign-up', () => {
  it('makes a tenant and its owner, tells the world, and signs in', async () => {
    const client = gateway.client();
    const response = await client.post('/tenants', { body: { ...account, email: ' Ada@Example.com ' } });
    expect(response.status).toBe(201);
    const { user, tenant } = response.body;
    expect(user).toEqual({ user_id: expect.any(String), email: 'Ada@Example.com', name: 'Ada', role: 'owner' });
    expect(tenant).toEqual({ tenant_id: expect.any(String), name: 'Analytical Engines' });
    expect((await client.get('/session')).body).toEqual({ user, tenant });
    const event = await eventually(async () => {
      const bodies = await kit.receive('user');
      return bodies.find((body) => body['subject'] === user.user_id) ?? false;
    });
    expect(event).toMatchObject({
      event: 'user.registered',
      tenant_id: tenant.tenant_id,
      sequence: 1,
      payload: {
        user_id: user.user_id,
        user_email: 'Ada@Example.com',
        tenant_name: 'Analytical Engines',
        role: 'owner',
      },
    });
  });

  it('is refused for an address that has an account, in any letter case, also twice at once', async () => {
    const { email } = await signUp(gateway);
    const again = await gateway.client().post('/tenants', { body: { ...account, email: email.toUpperCase() } });
    expect(again).toMatchObject({ status: 409, body: { code: 'EMAIL_TAKEN' } });
    const twice = { body: { ...account, email: 'twice@example.com' } };
    const both = await Promise.all([
      gateway.client().post('/tenants', twice),
      gateway.client().post('/tenants', twice),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});

describe('a session', () => {
  it('has a cookie that scripts and other sites do not get, and that a browser forgets when it is closed', async () => {
    const { client, email, password } = await signUp(gateway);
    const response = await client.post('/session', { body: { email, password } });
    const [cookie, ...more] = response.headers.getSetCookie();
    expect(more).toEqual([]);
    expect(cookie).toMatch(/^atlas\.sid=s%3A[^;]+; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  it('holds the user id and when it began, in Redis, for two hours', async () => {
    const { client, userId } = await signUp(gateway);
    const redis = testRedis();
    const key = keyOf(client.cookie!);
    const stored = JSON.parse((await redis.get(key))!) as Record<string, unknown>;
    const ttl = await redis.ttl(key);
    await redis.quit();
    expect(stored).toEqual({ cookie: expect.any(Object), userId, createdAt: expect.any(Number) });
    expect(ttl).toBeGreaterThan(7190);
    expect(ttl).toBeLessThanOrEqual(7200);
  });

  it('is prolonged by every request, whose answer does not hold the cookie again', async () => {
    const { client } = await signUp(gateway);
    const redis = testRedis();
    await redis.expire(keyOf(client.cookie!), 60);
    const response = await client.get('/session');
    await eventually(async () => (await redis.ttl(keyOf(client.cookie!))) > 7000);
    await redis.quit();
    expect(response.headers.getSetCookie()).toEqual([]);
    const signedOut = await client.send('DELETE', '/session');
    expect(signedOut.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^atlas\.sid=;.* Expires=Thu, 01 Jan 1970/),
    ]);
  });

  it('gets a new id at sign-in, and the old one is worth nothing', async () => {
    const { client, email, password } = await signUp(gateway);
    const before = client.cookie!;
    const response = await client.post('/session', { body: { email, password } });
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(client.cookie).not.toBe(before);
    const old = gateway.client();
    old.cookie = before;
    expect((await old.get('/session')).status).toBe(401);
  });

  it('survives a restart and is good at every replica', async () => {
    const { client } = await signUp(gateway);
    const [one, two] = [await kit.start(), await kit.start()];
    for (const replica of [one, two]) {
      const visitor = replica.client();
      visitor.cookie = client.cookie;
      expect((await visitor.get('/session')).status).toBe(200);
      await replica.stop();
    }
  });

  it('accepts a cookie that the previous secret signed, and none that another secret did', async () => {
    const { client } = await signUp(gateway);
    const rotated = await kit.start({
      config: { SESSION_SECRETS: ['a-new-secret-for-tests', 'a-secret-for-tests-only'] },
    });
    const stranger = await kit.start({ config: { SESSION_SECRETS: ['nobody-knows-this-one'] } });
    const [known, unknown] = [rotated.client(), stranger.client()];
    known.cookie = unknown.cookie = client.cookie;
    expect((await known.get('/session')).status).toBe(200);
    expect((await unknown.get('/session')).status).toBe(401);
    await rotated.stop();
    await stranger.stop();
  });

  it('ends at sign-out, and signing out twice is no error', async () => {
    const { client } = await signUp(gateway);
    const cookie = client.cookie;
    expect((await client.send('DELETE', '/session')).status).toBe(204);
    expect(client.cookie).toBeUndefined();
    client.cookie = cookie;
    expect((await client.get('/session')).status).toBe(401);
    expect((await client.send('DELETE', '/session')).status).toBe(204);
  });

  it('ends a week after sign-in, however much it is used', async () => {
    const { client } = await signUp(gateway);
    const later = await kit.start({ clock: () => new Date(Date.now() + 7 * 24 * 60 * 60 * 1000) });
    const visitor = later.client();
    visitor.cookie = client.cookie;
    expect((await visitor.get('/session')).status).toBe(401);
    await later.stop();
  });

  it('of a user who is gone is no session', async () => {
    const { client, userId } = await signUp(gateway);
    await kit.db
      .deleteFrom('users')
      .where('user_id', '=', userId as never)
      .execute();
    expect((await client.get('/session')).status).toBe(401);
  });

  it('in production has a Secure __Host- cookie, sent only behind https', async () => {
    const { email, password } = await signUp(gateway);
    const production = await kit.start({ config: { NODE_ENV: 'production', TRUST_PROXY: 1 } });
    const [plain, secure] = [production.client(), production.client()];
    const https = { 'x-forwarded-proto': 'https' };
    await plain.post('/session', { body: { email, password } });
    const response = await secure.post('/session', { body: { email, password }, headers: https });
    expect(plain.cookie).toBeUndefined();
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-atlas\.sid=[^;]*; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect((await secure.get('/session', { headers: https })).status).toBe(200);
    await production.stop();
  });
});

describe('signing in', () => {
  it('answers the same for an unknown address and a wrong password', async () => {
    const { email } = await signUp(gateway);
    const client = gateway.client();
    const wrong = await client.post('/session', { body: { email, password: 'wrong horse' } });
    const unknown = await client.post('/session', { body: { email: 'nobody@example.com', password: 'wrong horse' } });
    const { request_id: _one, ...wrongBody } = wrong.body;
    const { request_id: _two, ...unknownBody } = unknown.body;
    expect(wrong).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
    expect(unknown.status).toBe(401);
    expect(unknownBody).toEqual(wrongBody);
    expect(client.cookie).toBeUndefined();
  });

  it('does the same work for both, so that the time tells nothing', async () => {
    const { email } = await signUp(gateway);
    const spent = async (address: string) => {
      const before = process.cpuUsage();
      await gateway.client().post('/session', { body: { email: address, password: 'wrong horse' } });
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    let [known, unknown] = [0, 0];
    // Taken in turns, so that what else this process does falls on both.
    for (let count = 0; count < 8; count += 1) {
      known += await spent(email);
      unknown += await spent('somebody@example.com');
    }
    // Hashing is most of the work: without the decoy, the unknown address would need a tenth.
    expect(unknown / known).toBeGreaterThan(0.5);
    expect(unknown / known).toBeLessThan(2);
  });

  it('is throttled by account and address after ten failures, and still works elsewhere', async () => {
    const { email, password } = await signUp(gateway);
    const client = gateway.client();
    const statuses: number[] = [];
    for (let count = 0; count < 11; count += 1) {
      const body = { email, password: 'wrong horse' };
      statuses.push((await client.post('/session', { body })).status);
    }
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
    const throttled = await client.post('/session', { body: { email, password } });
    expect(throttled).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } });
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(0);
    const other = await signUp(gateway);
    expect((await client.post('/session', { body: { email: other.email, password } })).status).toBe(200);
  });
});

describe('the operator', () => {
  it('exists from the start, once, however many replicas start at once', async () => {
    const replicas = await Promise.all([kit.start(), kit.start(), kit.start()]);
    await Promise.all(replicas.map((replica) => replica.stop()));
    const operators = await kit.db.selectFrom('users').selectAll().where('role', '=', 'operator').execute();
    expect(operators).toHaveLength(1);
    const client = await signInOperator(gateway);
    expect((await client.get('/session')).body).toMatchObject({
      user: { role: 'operator', email: operator.email },
      tenant: { name: 'Atlas operations' },
    });
  });

  it('has the password of the configuration after the next start', async () => {
    const changed = await kit.start({ config: { OPERATOR_PASSWORD: 'another-password' } });
    const body = { email: operator.email, password: 'another-password' };
    expect((await changed.client().post('/session', { body })).status).toBe(200);
    await changed.stop();
    await (await kit.start()).stop();
    await signInOperator(gateway);
  });

  it('is refused when the address is a customer’s', async () => {
    const { email } = await signUp(gateway);
    await expect(kit.start({ config: { OPERATOR_EMAIL: email } })).rejects.toThrow(/is a customer's account/);
  });

  it('places no orders: the operations tenant has none', async () => {
    const client = await signInOperator(gateway);
    expect(await client.get('/orders')).toMatchObject({ status: 403, body: { code: 'ROLE_REQUIRED' } });
  });
});

function keyOf(cookie: string): string {
  const id = /^atlas\.sid=s%3A([^.]+)\./.exec(cookie)![1]!;
  return `${kit.prefix}:session:${id}`;
}

leakCheck();
