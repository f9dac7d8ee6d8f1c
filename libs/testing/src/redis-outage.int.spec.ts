import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createRedis, isUnreachable, pingRedis } from '@atlas/platform';
import { captureLogs } from './captured-logs.ts';
import { eventually } from './eventually.ts';
import { leakCheck } from './leak-check.ts';
import { stackVariable, testPrefix } from './stack.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

// How the Redis client of @atlas/platform behaves in an outage. The test is here because it needs this library's parts.
const prefix = testPrefix();
let proxy: TcpProxy;
let logs: ReturnType<typeof captureLogs>;
let redis: ReturnType<typeof createRedis>;

beforeEach(async () => {
  proxy = await startTcpProxy(stackVariable('REDIS_URL'));
  logs = captureLogs();
  redis = createRedis({ url: proxy.url, logger: logs.logger, name: 'test' });
  await redis.ping();
});
afterEach(async () => {
  redis.disconnect();
  await proxy.close();
});

async function failure(command: Promise<unknown>): Promise<{ error: unknown; afterMs: number }> {
  const begin = performance.now();
  const error = await command.then(
    () => new Error('expected the command to fail'),
    (thrown: unknown) => thrown,
  );
  return { error, afterMs: performance.now() - begin };
}

async function expectOutage(command: Promise<unknown>): Promise<void> {
  const { error, afterMs } = await failure(command);
  expect([isUnreachable(error), String(error)]).toEqual([true, String(error)]);
  expect(afterMs).toBeLessThan(2_500);
}

/** Answers as Redis does while it reads its file: INFO says so, everything else is refused. */
async function startLoadingRedis() {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      for (const [, name] of String(chunk).matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g)) {
        const refusal = '-LOADING Redis is loading the dataset in memory\r\n';
        socket.write(name?.toLowerCase() === 'info' ? '$11\r\nloading:1\r\n\r\n' : refusal);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `redis://127.0.0.1:${port}`, close: () => new Promise((resolve) => server.close(resolve)) };
}

describe('createRedis', () => {
  it('fails commands within 2 s while Redis is stopped, and recovers by itself', async () => {
    await proxy.cut();
    await expectOutage(redis.get(`${prefix}:a`));
    await expectOutage(redis.set(`${prefix}:a`, '1'));
    await proxy.restore();
    await eventually(() => redis.set(`${prefix}:a`, '2'));
    expect(await redis.get(`${prefix}:a`)).toBe('2');
  });

  it('fails what was in flight and never sends it again', async () => {
    await redis.set(`${prefix}:counter`, '0');
    proxy.freeze();
    const counted = failure(redis.incr(`${prefix}:counter`));
    await proxy.cut();
    expect(isUnreachable((await counted).error)).toBe(true);
    await proxy.restore();
    await eventually(() => redis.ping());
    expect(await redis.get(`${prefix}:counter`)).toBe('0');
  });

  it('fails commands within 2 s while Redis hangs, and its ping opens another connection', async () => {
    const before = await redis.client('ID');
    proxy.freeze();
    await expectOutage(redis.get(`${prefix}:a`));
    await expectOutage(pingRedis(redis));
    await proxy.restore();
    await eventually(() => pingRedis(redis));
    expect(await redis.client('ID')).not.toBe(before);
  });

  it('recovers from connections that are accepted and closed at once', async () => {
    proxy.slam();
    // Long enough for several attempts to connect: the client must not take one of them for a Redis.
    for (let failed = 0; failed < 5; failed += 1) await expectOutage(redis.get(`${prefix}:a`));
    await proxy.restore();
    await eventually(() => redis.ping());
  });

  it('fails pipelines and scripts of an outage recognisably too', async () => {
    const pipelined = createRedis({ url: proxy.url, logger: logs.logger, name: 'piped', enableAutoPipelining: true });
    await pipelined.ping();
    await proxy.cut();
    await expectOutage(Promise.all([pipelined.get('a'), pipelined.get('b'), pipelined.incr('c')]));
    await expectOutage(redis.eval('return 1', 0));
    const results = await redis.pipeline().get('a').get('b').exec();
    expect(results?.every(([error]) => isUnreachable(error))).toBe(true);
    pipelined.disconnect();
  });

  it('logs an outage once when it begins and once when it is over', async () => {
    await proxy.cut();
    await expectOutage(redis.get(`${prefix}:a`));
    await expectOutage(redis.get(`${prefix}:a`));
    await proxy.restore();
    await eventually(() => redis.ping());
    const told = logs.lines.map(({ level, msg }) => `${String(level)} ${String(msg)}`);
    expect(told).toEqual(['warn redis closed the connection', 'info redis answers again']);
  });

  it('can be made during an outage', async () => {
    await proxy.cut();
    const late = createRedis({ url: proxy.url, logger: logs.logger, name: 'late' });
    await expectOutage(late.ping());
    await proxy.restore();
    await eventually(() => late.ping());
    late.disconnect();
  });

  it('shows its name in CLIENT LIST, also after a reconnect', async () => {
    await proxy.cut();
    await proxy.restore();
    await eventually(async () => expect(await redis.client('GETNAME')).toBe('test'));
  });

  it('says nothing when it is ended on purpose', async () => {
    await redis.quit();
    await expectOutage(redis.get('a'));
    expect(logs.lines).toEqual([]);
  });

  it('takes a Redis that loads its file for unreachable, at once', async () => {
    const loading = await startLoadingRedis();
    const client = createRedis({ url: loading.url, logger: logs.logger, name: 'loading' });
    const { error, afterMs } = await failure(client.get('a'));
    expect(String(error)).toContain('LOADING');
    expect(isUnreachable(error)).toBe(true);
    expect(afterMs).toBeLessThan(1_000);
    client.disconnect();
    await loading.close();
  });
});

leakCheck();
