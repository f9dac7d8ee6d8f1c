import { eventually, leakCheck, stackVariable } from '@atlas/testing';
import {
  draft,
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signUp,
} from '../test/gateway-kit.ts';
import { startTcpGate, type TcpGate } from '../test/tcp-gate.ts';

let kit: GatewayKit;

beforeAll(async () => {
  kit = await openGatewayKit();
});

afterAll(async () => {
  await kit.close();
});

function through(gate: TcpGate, url: string): string {
  const gated = new URL(url);
  gated.host = `127.0.0.1:${gate.port}`;
  return gated.href;
}

async function readiness(gateway: RunningGateway): Promise<number> {
  return (await gateway.client().get('/health/ready')).status;
}

describe('while Redis is down', () => {
  it('sessions answer 503, nobody is signed out, and all is well when it is back', async () => {
    const gate = await startTcpGate(stackVariable('REDIS_URL'));
    const gateway = await kit.start({ redisUrl: `redis://127.0.0.1:${gate.port}` });
    const { client, email, password } = await signUp(gateway);
    const cookie = client.cookie;

    gate.close();
    await eventually(async () => (await readiness(gateway)) === 503);
    expect((await gateway.client().get('/health/live')).status).toBe(200);
    const body = { tenant_name: 'T', user_name: 'U', email: 'during@example.com', password: 'long enough' };
    const answers = [
      await client.get('/orders'),
      await client.get('/session'),
      await client.post('/session', { body: { email, password } }),
      await client.send('DELETE', '/session'),
      await gateway.client().post('/session', { body: { email, password } }),
      await gateway.client().post('/tenants', { body }),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'DEPENDENCY_UNAVAILABLE' } });
      expect(answer.headers.get('retry-after')).toBe('2');
      expect(answer.headers.getSetCookie()).toEqual([]);
    }

    gate.open();
    await eventually(async () => (await readiness(gateway)) === 200);
    expect(client.cookie).toBe(cookie);
    expect((await client.get('/session')).status).toBe(200);
    // The sign-up that was answered with 503 has left nothing behind.
    expect((await gateway.client().post('/tenants', { body })).status).toBe(201);
    await gateway.stop();
    await gate.end();
  });
});

describe('while PostgreSQL is down', () => {
  it('requests answer 503, and everything works again when it is back', async () => {
    const gate = await startTcpGate(kit.databaseUrl);
    const gateway = await kit.start({ databaseUrl: through(gate, kit.databaseUrl) });
    const { client } = await signUp(gateway);
    const orderId = await placeOrder(client);

    gate.close();
    await eventually(async () => (await readiness(gateway)) === 503);
    expect(await client.post(`/orders/${orderId}/complete`, { key: 'k' })).toMatchObject({ status: 503 });
    expect(await client.get('/orders')).toMatchObject({ status: 503, body: { code: 'DEPENDENCY_UNAVAILABLE' } });

    gate.open();
    await eventually(async () => (await readiness(gateway)) === 200);
    expect(await client.post(`/orders/${orderId}/complete`, { key: 'k' })).toMatchObject({ status: 200 });
    await eventually(async () => (await kit.receive('order')).some((event) => event['subject'] === orderId));
    await gateway.stop();
    await gate.end();
  });

  it('a gateway that starts listens, is not ready, and becomes ready by itself', async () => {
    const gate = await startTcpGate(kit.databaseUrl);
    gate.close();
    const config = { GATEWAY_PORT: await freePort() };
    const starting = kit.start({ databaseUrl: through(gate, kit.databaseUrl), config });
    const url = `http://127.0.0.1:${config.GATEWAY_PORT}`;
    await eventually(async () => (await fetch(`${url}/health/live`)).status === 200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    gate.open();
    const gateway = await starting;
    expect(await readiness(gateway)).toBe(200);
    await gateway.stop();
    await gate.end();
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

  it('before PostgreSQL ever answered ends the waiting', async () => {
    const gate = await startTcpGate(kit.databaseUrl);
    gate.close();
    const starting = kit.start({ databaseUrl: through(gate, kit.databaseUrl), signal: AbortSignal.timeout(200) });
    await expect(starting).rejects.toThrow();
    await gate.end();
  });
});

async function freePort(): Promise<number> {
  const probe = await startTcpGate('http://127.0.0.1:9');
  await probe.end();
  return probe.port;
}

leakCheck();
