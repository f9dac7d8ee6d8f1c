import express from 'express';
import { createHealth, type HealthCheck } from './health.ts';
import { createHttpServer, type HttpServer } from './http-server.ts';

const servers: HttpServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop({ deadlineMs: 1_000 }))));

async function serve(checks: Record<string, HealthCheck>, timeoutMs?: number) {
  const health = createHealth({ checks, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
  const server = createHttpServer({ app: express().use(health.router), port: 0 });
  servers.push(server);
  const { url } = await server.start();
  const ask = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, body: (await response.json()) as unknown };
  };
  return { health, ask };
}

const ok = async () => {};
const refused = async () => {
  throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:6379'), { code: 'ECONNREFUSED' });
};

describe('createHealth', () => {
  it('is ready when every dependency answers', async () => {
    const { health, ask } = await serve({ postgres: ok, redis: ok });
    expect(await ask('/health/ready')).toEqual({
      status: 200,
      body: { status: 'ok', checks: { postgres: { status: 'ok' }, redis: { status: 'ok' } } },
    });
    expect(await health.ready()).toBe(true);
  });

  it('names the dependency that does not, without its address, and stays alive', async () => {
    const { health, ask } = await serve({ postgres: ok, redis: refused });
    expect(await ask('/health/ready')).toEqual({
      status: 503,
      body: {
        status: 'unavailable',
        checks: { postgres: { status: 'ok' }, redis: { status: 'failed', code: 'ECONNREFUSED' } },
      },
    });
    expect(await health.ready()).toBe(false);
    expect((await ask('/health/live')).status).toBe(200);
  });

  it('takes a check that hangs for failed', async () => {
    const { ask } = await serve({ redis: () => new Promise(() => {}) }, 20);
    expect(await ask('/health/ready')).toMatchObject({
      status: 503,
      body: { checks: { redis: { status: 'failed', code: 'TIMEOUT' } } },
    });
  });

  it('takes a check that throws at once for failed', async () => {
    const { health } = await serve({
      redis: () => {
        throw new Error('not a promise');
      },
    });
    expect(await health.ready()).toBe(false);
  });

  it('is ready again when the dependency is back', async () => {
    const check = jest.fn<Promise<void>, []>(ok).mockImplementationOnce(refused);
    const { health } = await serve({ redis: check });
    expect(await health.ready()).toBe(false);
    expect(await health.ready()).toBe(true);
  });

  it('is not ready while draining, but alive', async () => {
    const { health, ask } = await serve({ redis: ok });
    health.drain();
    expect(await ask('/health/ready')).toMatchObject({ status: 503, body: { status: 'draining' } });
    expect(await health.ready()).toBe(false);
    expect((await ask('/health/live')).status).toBe(200);
  });

  it('asks a dependency once for many callers at the same time', async () => {
    const check = jest.fn(ok);
    const { health } = await serve({ redis: check });
    await Promise.all(Array.from({ length: 50 }, () => health.ready()));
    expect(check).toHaveBeenCalledTimes(1);
  });
});
