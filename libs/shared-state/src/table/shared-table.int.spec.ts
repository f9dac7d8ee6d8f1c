import { createRedis } from '@atlas/platform';
import {
  captureLogs,
  eventually,
  leakCheck,
  stackVariable,
  startTcpProxy,
  testPrefix,
  testRedis,
} from '@atlas/testing';
import { z } from 'zod';
import { type ChangeFeed, createChangeFeed } from '../change-feed.ts';
import { createSharedTable, type SharedTable } from './shared-table.ts';

const { logger, lines } = captureLogs();
const schema = z.strictObject({ colour: z.string(), tags: z.array(z.string()) });
type Value = z.output<typeof schema>;

const prefix = testPrefix();
const stops: (() => Promise<void>)[] = [];
/** The promise to operators. */
const soon = { timeoutMs: 1_000 };
const deaf: ChangeFeed = { subscribe: () => () => {}, start: () => {}, stop: () => {} };
const why = { by: 'ada', reason: 'a test' };
const red: Value = { colour: 'red', tags: [] };

async function replica(options: { name: string; url?: string; changes?: ChangeFeed; pollMs?: number }) {
  const { name, url = stackVariable('REDIS_URL'), pollMs = 750 } = options;
  const redis = createRedis({ url, logger, name: 'test', enableAutoPipelining: true });
  const changes = options.changes ?? createChangeFeed({ redis, logger });
  changes.start();
  const table = createSharedTable<Value>({ redis, changes, prefix, name, schema, logger, pollMs });
  stops.push(async () => {
    await table.stop();
    changes.stop();
    redis.disconnect();
  });
  await table.start();
  return table;
}

const replicas = (count: number, options: Parameters<typeof replica>[0]) =>
  Promise.all(Array.from({ length: count }, () => replica(options)));
const knows = (colour: string) => (table: SharedTable<Value>) => table.get('a')?.value.colour === colour;

afterAll(async () => {
  for (const stop of stops) await stop();
});

describe('a shared table', () => {
  it('tells every replica of a change within a second, with who, when and why', async () => {
    const tables = await replicas(12, { name: 'told', pollMs: 600_000 });
    const written = await tables[0]!.put('a', red, why);
    expect(written).toEqual({ key: 'a', version: 1, value: red, at: expect.any(String), ...why });
    expect(Math.abs(Date.now() - Date.parse(written.at))).toBeLessThan(60_000);
    expect(tables[0]!.get('a')).toEqual(written);
    await eventually(() => tables.every(knows('red')), soon);
    await tables[5]!.put('a', { colour: 'blue', tags: ['x'] }, why);
    await eventually(() => tables.every(knows('blue')), soon);
  });

  it('does so without announcements too, by looking', async () => {
    const tables = await replicas(3, { name: 'polled', changes: deaf });
    await tables[0]!.put('a', red, why);
    await eventually(() => tables.every(knows('red')), soon);
  });

  it('is read by a replica that starts later, and keeps empty lists and large numbers as they are', async () => {
    const value = { colour: String(Number.MAX_SAFE_INTEGER), tags: [] };
    await (await replica({ name: 'late' })).put('a', value, why);
    expect((await replica({ name: 'late' })).get('a')?.value).toEqual(value);
  });

  it('lets one of many win who change the same version', async () => {
    const tables = await replicas(4, { name: 'contested' });
    await tables[0]!.put('a', red, { ...why, expectedVersion: 0 });
    const change = (table: SharedTable<Value>, index: number) =>
      table.put('a', { colour: `c${index}`, tags: [] }, { ...why, expectedVersion: 1 });
    const outcomes = await Promise.allSettled(tables.map(change));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
    expect(lost).toEqual(Array(3).fill(expect.objectContaining({ code: 'VERSION_CONFLICT', version: 2 })));
  });

  it('remembers every version, newest first', async () => {
    const table = await replica({ name: 'history' });
    for (const colour of ['red', 'green', 'blue']) {
      await table.put('a', { colour, tags: [] }, { by: colour, reason: `wants ${colour}` });
    }
    const history = await table.history('a');
    expect(history.map(({ version, by, value }) => [version, by, value.colour])).toEqual([
      [3, 'blue', 'blue'],
      [2, 'green', 'green'],
      [1, 'red', 'red'],
    ]);
    expect(await table.history('a', 1)).toHaveLength(1);
    expect(await table.history('unknown')).toEqual([]);
  });

  it('cannot be changed by who reads it', async () => {
    const table = await replica({ name: 'frozen' });
    await table.put('a', { colour: 'red', tags: ['x'] }, why);
    const value = table.get('a')!.value as Value;
    expect(() => (value.colour = 'blue')).toThrow(TypeError);
    expect(() => value.tags.push('y')).toThrow('not extensible');
  });

  it('keeps the last readable version of a row that it cannot read', async () => {
    const table = await replica({ name: 'newer' });
    await table.put('a', red, why);
    const newer = { colour: 'red', tags: [], shade: 'of a later version' };
    await expect(table.put('a', newer, why)).rejects.toThrow();
    expect(table.get('a')).toMatchObject({ version: 1, value: red });
    expect(lines.some(({ msg }) => String(msg).includes('cannot be read; the last readable one stays'))).toBe(true);
  });

  it('tells listeners which keys have changed', async () => {
    const table = await replica({ name: 'listeners' });
    const told: (readonly string[])[] = [];
    const unsubscribe = table.onChange((keys) => told.push(keys));
    await table.put('a', red, why);
    await table.put('b', red, why);
    unsubscribe();
    await table.put('c', red, why);
    expect(told).toEqual([['a'], ['b']]);
  });
});

describe('while Redis is out of reach', () => {
  it.each(['cut', 'freeze', 'slam'] as const)(
    '(%s) the last known stays, and what changed meanwhile is known after',
    async (how) => {
      const proxy = await startTcpProxy(stackVariable('REDIS_URL'));
      const name = `outage-${how}`;
      const [away, there] = [await replica({ name, url: proxy.url }), await replica({ name })];
      await there.put('a', red, why);
      await eventually(() => knows('red')(away), soon);

      await proxy[how]();
      await eventually(() => away.state() === 'stale');
      await there.put('a', { colour: 'blue', tags: [] }, why);
      expect(knows('red')(away)).toBe(true);
      await expect(away.put('a', red, why)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
      await expect(away.history('a')).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });

      await proxy.restore();
      await eventually(() => away.state() === 'current' && away.get('a')!.version >= 2);
      // Announcements arrive again.
      await there.put('b', red, why);
      await eventually(() => away.get('b') !== undefined);
      await stops.splice(-2, 1)[0]!();
      await proxy.close();
    },
  );

  it('a replica that starts knows nothing, says so, and reads the table when it can', async () => {
    const proxy = await startTcpProxy(stackVariable('REDIS_URL'));
    await proxy.cut();
    const table = await replica({ name: 'late-redis', url: proxy.url });
    expect(table.state()).toBe('unknown');
    await proxy.restore();
    await eventually(() => table.state() === 'current');
    await stops.pop()!();
    await proxy.close();
  });
});

it('a table that Redis has lost is empty, and the log says what happened', async () => {
  const table = await replica({ name: 'lost' });
  await table.put('a', red, why);
  const redis = testRedis();
  await redis.del(`${prefix}:shared:lost`, `${prefix}:shared:lost:revision`);
  await redis.quit();
  await eventually(() => table.get('a') === undefined);
  expect(lines.some(({ msg }) => String(msg).includes('Redis lost data'))).toBe(true);
});

leakCheck();
