import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createMetrics, createRedis } from '@atlas/platform';
import { captureLogs, eventually, leakCheck, stackVariable, startTcpProxy, testPrefix } from '@atlas/testing';
import type { Redis } from 'ioredis';
import { createRateLimit, type RateLimitOptions } from './rate-limit.ts';
import { createRateLimitMetrics } from './rate-limit-metrics.ts';

const { logger, lines } = captureLogs();
const prefix = testPrefix();
let shared: Redis;

async function connect(url = stackVariable('REDIS_URL')): Promise<Redis> {
  const redis = createRedis({ url, logger, name: 'test', enableAutoPipelining: true });
  await redis.ping();
  return redis;
}

function limitOf(options: Partial<RateLimitOptions> & { name: string }) {
  const policy = { quota: 3, windowSeconds: 60, whenUnavailable: 'closed' } as const;
  return createRateLimit({ redis: shared, prefix, logger, ...policy, ...options });
}

beforeAll(async () => {
  shared = await connect();
});

afterAll(() => shared.disconnect());

const tooMany = { status: 429, code: 'TOO_MANY_REQUESTS' };

describe('a rate limit', () => {
  it('says what is left, then refuses and says until when', async () => {
    const limit = limitOf({ name: 'plain' });
    expect(await limit.spend('a')).toEqual({ remaining: 2, resetMs: expect.any(Number) });
    await limit.spend('a');
    expect(await limit.spend('a')).toMatchObject({ remaining: 0 });
    await expect(limit.spend('a')).rejects.toMatchObject({
      ...tooMany,
      extra: { 'violated-policies': ['plain'] },
      headers: {
        'retry-after': expect.stringMatching(/^(59|60)$/),
        'ratelimit-policy': '"plain";q=3;w=60',
        ratelimit: expect.stringMatching(/^"plain";r=0;t=(59|60)$/),
      },
    });
    expect(await limit.spend('b')).toMatchObject({ remaining: 2 });
  });

  it('begins anew when its window ends', async () => {
    const limit = limitOf({ name: 'window', windowSeconds: 1 });
    for (let spent = 0; spent < 3; spent += 1) await limit.spend('a');
    await expect(limit.spend('a')).rejects.toMatchObject(tooMany);
    expect(await eventually(() => limit.spend('a'))).toMatchObject({ remaining: 2 });
  });

  it('checks without counting', async () => {
    const limit = limitOf({ name: 'check', quota: 1 });
    await limit.check('a');
    await limit.check('a');
    await limit.spend('a');
    await expect(limit.check('a')).rejects.toMatchObject(tooMany);
  });

  it('takes back what is refunded, and never more than was spent', async () => {
    const limit = limitOf({ name: 'refund', quota: 1 });
    await limit.refund('a');
    await limit.spend('a');
    await limit.refund('a');
    await limit.refund('a');
    await limit.spend('a');
    await expect(limit.spend('a')).rejects.toMatchObject(tooMany);
  });

  it('of 100 lets exactly 100 through when 12 processes spend at once', async () => {
    const replicas = await Promise.all(Array.from({ length: 12 }, () => startReplica(100, 25)));
    for (const replica of replicas) replica.go();
    const outcomes = await Promise.all(replicas.map((replica) => replica.outcome));
    const sum = (pick: (outcome: Outcome) => number) => outcomes.reduce((all, one) => all + pick(one), 0);
    expect({ passed: sum((one) => one.passed), refused: sum((one) => one.refused) }).toEqual({
      passed: 100,
      refused: 200,
    });
  });

  it('counts what it refuses', async () => {
    const metrics = createMetrics({ service: 'test', processMetrics: false });
    const limit = limitOf({ name: 'counted', quota: 1, metrics: createRateLimitMetrics(metrics) });
    await limit.spend('a');
    await expect(limit.spend('a')).rejects.toMatchObject(tooMany);
    expect(await metrics.registry.metrics()).toMatch(/atlas_rate_limit_refused_total\{limit="counted".*\} 1/);
  });
});

describe('while Redis is out of reach', () => {
  it.each(['cut', 'freeze'] as const)(
    '(%s) a closed limit is a 503, an open one passes, and both count again after',
    async (how) => {
      const proxy = await startTcpProxy(stackVariable('REDIS_URL'));
      const redis = await connect(proxy.url);
      const closed = limitOf({ redis, name: `closed-${how}` });
      const passing = limitOf({ redis, name: `open-${how}`, whenUnavailable: 'open' });
      await Promise.all([closed.spend('a'), passing.spend('a')]);

      await proxy[how]();
      await expect(closed.spend('a')).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      await expect(closed.check('a')).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      const passed = await Promise.all(Array.from({ length: 10 }, () => passing.spend('a')));
      expect(passed).toEqual(Array(10).fill(undefined));
      const reports = lines.filter((line) => line['limit'] === `open-${how}` && line['level'] === 'warn');
      expect(reports).toHaveLength(1);

      await proxy.restore();
      expect(await eventually(() => closed.spend('a'))).toMatchObject({ remaining: expect.any(Number) });
      await eventually(async () => (await passing.spend('b')) !== undefined);
      redis.disconnect();
      await proxy.close();
    },
  );
});

interface Outcome {
  readonly passed: number;
  readonly refused: number;
}

async function startReplica(quota: number, requests: number) {
  const fixture = join(__dirname, '..', 'fixtures', 'spending-process.ts');
  const child = spawn(process.execPath, [fixture, prefix, String(quota), String(requests)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  const outcome = once(child, 'close').then(() => JSON.parse(output.split('\n')[1]!) as Outcome);
  while (!output.includes('ready')) await once(child.stdout, 'data');
  return { go: () => void child.stdin.write('go\n'), outcome };
}

leakCheck();
