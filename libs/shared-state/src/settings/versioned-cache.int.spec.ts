import { createRedis } from '@atlas/platform';
import { captureLogs, eventually, leakCheck, stackVariable, startTcpProxy, testPrefix } from '@atlas/testing';
import { z } from 'zod';
import { createVersionedCache } from './versioned-cache.ts';

const { logger } = captureLogs();
const schema = z.strictObject({ colour: z.string(), sizes: z.array(z.number()) });
type Value = z.output<typeof schema>;

/** A source that counts how often it is asked, and answers when it is let. */
function world(url = stackVariable('REDIS_URL')) {
  const redis = createRedis({ url, logger, name: 'test', enableAutoPipelining: true });
  const source = { version: 1, value: { colour: 'red', sizes: [1] } as Value, asked: 0, gate: Promise.resolve() };
  const options = { redis, prefix: testPrefix(), name: 'things', schema, logger };
  const load = async () => {
    source.asked += 1;
    const { version, value } = source;
    await source.gate;
    return { version, value: structuredClone(value) };
  };
  const replica = () => createVersionedCache<Value>({ ...options, load });
  return { source, redis, replica, cache: replica(), close: () => redis.disconnect() };
}

/** Waits until the source is not asked any more: the value is kept beside the answer, not before it. */
async function warm({ source, cache }: ReturnType<typeof world>): Promise<void> {
  await eventually(async () => {
    const { asked } = source;
    await cache.get('a');
    return source.asked === asked;
  });
}

describe('a versioned cache', () => {
  it('asks the source once, and other replicas not at all', async () => {
    const all = world();
    await warm(all);
    const { asked } = all.source;
    expect(await all.replica().get('a')).toEqual({ version: 1, value: { colour: 'red', sizes: [1] } });
    expect(all.source.asked).toBe(asked);
    all.close();
  });

  it('gives nobody an old value after a change', async () => {
    const all = world();
    await warm(all);
    await all.cache.outdate('a', 2);
    all.source.version = 2;
    all.source.value = { colour: 'blue', sizes: [] };
    // Whoever changed it has died before it could keep the new value.
    expect(await all.replica().get('a')).toMatchObject({ version: 2, value: { colour: 'blue' } });
    all.close();
  });

  it('does not let a slow reader put an old value over a newer one', async () => {
    const all = world();
    const hold = Promise.withResolvers<void>();
    all.source.gate = hold.promise;
    const slow = all.cache.get('a');
    await eventually(() => all.source.asked === 1);
    all.source.version = 2;
    await all.cache.outdate('a', 2);
    await all.cache.keep('a', { version: 2, value: { colour: 'blue', sizes: [] } });
    hold.resolve();
    expect(await slow).toMatchObject({ version: 1 });
    await warm(all);
    expect(await all.cache.get('a')).toMatchObject({ version: 2, value: { colour: 'blue' } });
    all.close();
  });

  it('keeps the old value out of use while the change is under way', async () => {
    const all = world();
    await warm(all);
    await all.cache.outdate('a', 2);
    const { asked } = all.source;
    // Not committed yet: the source still says 1, which must not be kept again.
    expect(await all.cache.get('a')).toMatchObject({ version: 1 });
    expect(await all.cache.get('a')).toMatchObject({ version: 1 });
    expect(all.source.asked).toBe(asked + 2);
    all.close();
  });

  it('asks the source for what it cannot read', async () => {
    const all = world();
    await warm(all);
    await all.cache.keep('a', { version: 5, value: { shape: 'round' } as unknown as Value });
    expect(await all.cache.get('a')).toMatchObject({ version: 1 });
    all.close();
  });

  it('shows no request what another one tried to change in its own copy', async () => {
    const all = world();
    const change = async (index: number) => {
      const { value } = await all.cache.get('a');
      const mine = value as Value;
      if (index % 2 === 0) {
        expect(() => (mine.colour = `changed by ${index}`)).toThrow(TypeError);
        expect(() => mine.sizes.push(index)).toThrow('not extensible');
      }
      return value;
    };
    const seen = await Promise.all(Array.from({ length: 200 }, (_, index) => change(index)));
    expect(seen).toEqual(Array(200).fill({ colour: 'red', sizes: [1] }));
    all.close();
  });

  it('answers from the source while Redis is away, and announces no change then', async () => {
    const proxy = await startTcpProxy(stackVariable('REDIS_URL'));
    const all = world(proxy.url);
    await warm(all);
    await proxy.cut();
    await eventually(() => all.redis.status !== 'ready');
    expect(await all.cache.get('a')).toMatchObject({ version: 1 });
    await expect(all.cache.outdate('a', 2)).rejects.toMatchObject({ code: 'DEPENDENCY_UNAVAILABLE' });
    all.close();
    await proxy.close();
  });
});

leakCheck();
