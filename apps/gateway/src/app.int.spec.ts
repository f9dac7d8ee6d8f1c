import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually, leakCheck, stackVariable, startTcpProxy, type TcpProxy } from '@atlas/testing';
import {
  draft,
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signUp,
} from '../test/gateway-kit.ts';

let kit: GatewayKit;

beforeAll(async () => {
  kit = await openGatewayKit();
});

afterAll(async () => {
  await kit.close();
});

async function readiness(gateway: RunningGateway): Promise<number> {
  return (await gateway.client().get('/health/ready')).status;
}

describe('while Redis is out of reach', () => {
  it.each<[string, (redis: TcpProxy) => unknown]>([
    ['stopped', (redis) => redis.cut()],
    ['behind a proxy that closes every connection', (redis) => redis.slam()],
    ['hanging', (redis) => redis.freeze()],
  ])('(%s) sessions answer 503, nobody is signed out, and all is well when it is back', async (how, breakIt) => {
    const redis = await startTcpProxy(stackVariable('REDIS_URL'));
    const gateway = await kit.start({ redisUrl: redis.url });
    const { client, email, password } = await signUp(gateway);
    const cookie = client.cookie;

    await breakIt(redis);
    await eventually(async () => (await readiness(gateway)) === 503);
    expect((await gateway.client().get('/health/live')).status).toBe(200);
    const lateEmail = `${how.replaceAll(' ', '-')}@example.com`;
    const body = { tenant_name: 'T', user_name: 'U', email: lateEmail, password: 'long enough' };
    const answers = await Promise.all([
      client.get('/orders'),
      client.get('/session'),
      client.post('/session', { body: { email, password } }),
      client.send('DELETE', '/session'),
      gateway.client().post('/session', { body: { email, password } }),
      gateway.client().post('/tenants', { body }),
    ]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'DEPENDENCY_UNAVAILABLE' } });
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(answer.headers.getSetCookie()).toEqual([]);
    }

    await redis.restore();
    await eventually(async () => (await readiness(gateway)) === 200);
    expect(client.cookie).toBe(cookie);
    expect((await client.get('/session')).status).toBe(200);
    // The sign-up that was answered with 503 has left nothing behind.
    expect((await gateway.client().post('/tenants', { body })).status).toBe(201);
    await gateway.stop();
    await redis.close();
  });
});

describe('while PostgreSQL is down', () => {
  it('requests answer 503, and everything works again when it is back', async () => {
    const postgres = await startTcpProxy(kit.databaseUrl);
    const gateway = await kit.start({ databaseUrl: postgres.url });
    const { client } = await signUp(gateway);
    const orderId = await placeOrder(client);

    await postgres.cut();
    await eventually(async () => (await readiness(gateway)) === 503);
    expect(await client.post(`/orders/${orderId}/complete`, { key: 'k' })).toMatchObject({ status: 503 });
    expect(await client.get('/orders')).toMatchObject({ status: 503, body: { code: 'DEPENDENCY_UNAVAILABLE' } });

    await postgres.restore();
    await eventually(async () => (await readiness(gateway)) === 200);
    expect(await client.post(`/orders/${orderId}/complete`, { key: 'k' })).toMatchObject({ status: 200 });
    await eventually(async () => (await kit.receive('order')).some((event) => event['subject'] === orderId));
    await gateway.stop();
    await postgres.close();
  });

  it('a gateway that starts listens, is not ready, and becomes ready by itself', async () => {
    const postgres = await startTcpProxy(kit.databaseUrl);
    await postgres.cut();
    const config = { GATEWAY_PORT: await freePort() };
    const starting = kit.start({ databaseUrl: postgres.url, config });
    const url = `http://127.0.0.1:${config.GATEWAY_PORT}`;
    await eventually(async () => (await fetch(`${url}/health/live`)).status === 200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    await postgres.restore();
    const gateway = await starting;
    expect(await readiness(gateway)).toBe(200);
    await gateway.stop();
    await postgres.close();
  });
});

describe('a stop', () => {
  it('finishes the request in hand, answers it, and takes no new one', async () => {
    const hold = Promise.withResolvers<void>();
    let reached = false;
    const gateway = await kit.start({
      probe: async (step) => {
        if (step !== 'orders.before-commit') return;
        reached = true;
        await hold.promise;
      },
    });
    const { client } = await signUp(gateway);
    const running = client.post('/orders', { body: draft });
    await eventually(() => reached);
    const stopped = gateway.stop();
    await eventually(async () => {
      await expect(fetch(`${gateway.url}/health/live`)).rejects.toThrow();
    });
    hold.resolve();
    const answer = await running;
    expect(answer.status).toBe(201);
    expect(answer.headers.get('connection')).toBe('close');
    await stopped;
  });

  it('says "not ready" and goes on answering for DRAIN_SECONDS, until a balancer has turned away', async () => {
    const gateway = await kit.start({ config: { DRAIN_SECONDS: 1 } });
    const { client } = await signUp(gateway);
    const stopped = gateway.stop();
    expect(await readiness(gateway)).toBe(503);
    const late = await client.post('/orders', { body: draft });
    expect([late.status, late.headers.get('connection')]).toEqual([201, 'keep-alive']);
    await stopped;
    await expect(fetch(`${gateway.url}/health/live`)).rejects.toThrow();
  });

  it('before PostgreSQL ever answered ends the waiting', async () => {
    const postgres = await startTcpProxy(kit.databaseUrl);
    await postgres.cut();
    const starting = kit.start({ databaseUrl: postgres.url, signal: AbortSignal.timeout(200) });
    await expect(starting).rejects.toThrow();
    await postgres.close();
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

leakCheck();
