import { eventually, leakCheck, stackVariable, startTcpProxy } from '@atlas/testing';
import type { ApiClient } from '../../test/api-client.ts';
import { type GatewayKit, openGatewayKit, type RunningGateway, signUp } from '../../test/gateway-kit.ts';

let kit: GatewayKit;
const running: RunningGateway[] = [];

beforeAll(async () => {
  kit = await openGatewayKit();
});

afterAll(async () => {
  await Promise.all(running.map((gateway) => gateway.stop()));
  await kit.close();
});

async function start(options: Parameters<GatewayKit['start']>[0]): Promise<RunningGateway> {
  const gateway = await kit.start(options);
  running.push(gateway);
  return gateway;
}

const tooMany = { status: 429, body: { code: 'TOO_MANY_REQUESTS' } };

async function apiKeyOf(client: ApiClient): Promise<Record<string, string>> {
  const made = await client.post('/api-keys', { body: { name: 'Shop', scopes: ['orders:read', 'orders:write'] } });
  expect(made.status).toBe(201);
  return { authorization: `Bearer ${made.body.key}` };
}

describe('every request', () => {
  it('counts against the user, over all replicas, and the answer says what is left', async () => {
    const config = { RATE_LIMIT_USER_PER_MINUTE: 10 };
    const replicas = [await start({ config }), await start({ config })];
    const { client } = await signUp(replicas[0]!);
    const there = replicas[1]!.client();
    there.cookie = client.cookie;
    const first = await client.get('/orders');
    expect(first.headers.get('ratelimit-policy')).toBe('"user";q=10;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"user";r=9;t=60$/);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => (index % 2 ? client : there).get('/session')),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(9);
    const [refused] = answers.filter(({ status }) => status === 429);
    expect(refused).toMatchObject({ ...tooMany, body: { 'violated-policies': ['user'] } });
    expect(Number(refused!.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(refused!.headers.get('ratelimit')).toMatch(/^"user";r=0;t=\d+$/);
    // Somebody else has a limit of their own.
    expect((await (await signUp(replicas[0]!)).client.get('/orders')).status).toBe(200);
  });

  it('counts against its API key, and one with a made-up key against the address', async () => {
    const gateway = await start({
      config: { RATE_LIMIT_API_KEY_PER_MINUTE: 2, RATE_LIMIT_ADDRESS_PER_MINUTE: 1_000_000 },
    });
    const { client } = await signUp(gateway);
    const headers = await apiKeyOf(client);
    const program = gateway.client();
    const ask = (with_: Record<string, string>) => program.get('/orders', { headers: with_ });
    expect((await ask(headers)).headers.get('ratelimit')).toMatch(/^"api-key-reads";r=1;/);
    const forged = { authorization: `${headers['authorization']!.slice(0, -3)}xyz` };
    const refused = await ask(forged);
    expect(refused).toMatchObject({ status: 401, body: { code: 'INVALID_API_KEY' } });
    expect(refused.headers.get('ratelimit')).toMatch(/^"address";/);
    expect((await ask(headers)).status).toBe(200);
    expect(await ask(headers)).toMatchObject({ ...tooMany, body: { 'violated-policies': ['api-key-reads'] } });
    // Changes are counted apart: a program that reads too much can still do its work.
    const placed = await program.post('/orders', {
      headers,
      body: { currency: 'EUR', lines: [{ sku: 'a', qty: 1, unit_price: '1' }] },
    });
    expect(placed.headers.get('ratelimit')).toMatch(/^"api-key-writes";r=1;/);
  });

  it('of a visitor counts against the address, also where there is nothing', async () => {
    const gateway = await start({ config: { RATE_LIMIT_ADDRESS_PER_MINUTE: 1, TRUST_PROXY: 1 } });
    const visitor = gateway.client();
    const from = (address: string) =>
      visitor.get('/nothing', { headers: { 'x-forwarded-for': address }, described: false });
    expect((await from('203.0.113.7')).status).toBe(404);
    expect(await from('203.0.113.7')).toMatchObject(tooMany);
    expect((await from('203.0.113.8')).status).toBe(404);
    // What balancers, Prometheus and services ask has no limit.
    for (const path of ['/health/live', '/health/ready', '/metrics', '/.well-known/jwks.json']) {
      for (let times = 0; times < 3; times += 1) expect((await visitor.get(path)).status).toBe(200);
    }
  });
});

it('while PostgreSQL is down, users still have limits of their own', async () => {
  const postgres = await startTcpProxy(kit.databaseUrl);
  const gateway = await start({ databaseUrl: postgres.url });
  const { client } = await signUp(gateway);
  await postgres.cut();
  await eventually(async () => (await gateway.client().get('/health/ready')).status === 503);
  for (let times = 0; times < 4; times += 1) {
    const answer = await client.get('/orders');
    expect(answer.status).toBe(503);
    expect(answer.headers.get('ratelimit')).toMatch(/^"user";/);
  }
  await running.pop()!.stop();
  await postgres.close();
});

describe('while Redis is out of reach', () => {
  it.each(['cut', 'freeze'] as const)(
    '(%s) reads with an API key pass, everything else is a 503 that says when to come again',
    async (how) => {
      const redis = await startTcpProxy(stackVariable('REDIS_URL'));
      const gateway = await start({ redisUrl: redis.url });
      const { client } = await signUp(gateway);
      const headers = await apiKeyOf(client);
      const program = gateway.client();
      await redis[how]();
      await eventually(async () => (await gateway.client().get('/health/ready')).status === 503);

      const read = await program.get('/orders', { headers });
      expect(read.status).toBe(200);
      expect(read.headers.has('ratelimit')).toBe(false);
      const order = { currency: 'EUR', lines: [{ sku: 'a', qty: 1, unit_price: '1' }] };
      const refused = [
        await program.post('/orders', { headers, body: order }),
        await client.get('/orders'),
        await gateway.client().post('/session', { body: { email: 'ada@example.com', password: 'correct horse' } }),
      ];
      for (const answer of refused) {
        expect(answer).toMatchObject({ status: 503, body: { code: 'DEPENDENCY_UNAVAILABLE' } });
        expect(answer.headers.get('retry-after')).toBe('2');
      }
      await redis.restore();
      await eventually(async () => (await program.post('/orders', { headers, body: order })).status === 201);
      await running.pop()!.stop();
      await redis.close();
    },
  );
});

leakCheck();
