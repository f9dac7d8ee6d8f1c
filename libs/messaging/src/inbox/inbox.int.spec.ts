import { createRedis, DependencyUnavailableError } from '@atlas/platform';
import { captureLogs, eventually, leakCheck, stackVariable, startTcpProxy, testPrefix } from '@atlas/testing';
import type { Redis } from 'ioredis';
import { type Claim, createInbox, type Inbox, type Lease } from './inbox.ts';

const DAY_S = 24 * 60 * 60;

describe('the inbox', () => {
  const prefix = testPrefix();
  const { logger } = captureLogs();
  let redis: Redis;
  let inbox: Inbox;
  let ids = 0;
  beforeAll(() => {
    redis = createRedis({ url: stackVariable('REDIS_URL'), logger, name: 'test' });
    inbox = createInbox({ redis, prefix, service: 'notification' });
  });
  afterAll(() => redis.quit());

  const newKey = () => inbox.messageKey(`event-${(ids += 1)}`);
  const leaseOf = (key: string, claim: Claim | undefined): Lease => {
    if (claim?.state !== 'claimed') throw new Error(`not claimed but ${claim?.state}`);
    return { key, fence: claim.fence };
  };
  const claimed = async (key: string, leaseMs = 10_000) => leaseOf(key, (await inbox.claim([key], leaseMs))[0]);
  const ended = (key: string) => eventually(async () => (await inbox.claim([key], 10_000))[0]?.state === 'claimed');

  it('names its keys after service, effect and event', () => {
    expect(inbox.messageKey('e')).toBe(`${prefix}:inbox:notification:e`);
    expect(inbox.effectKey('mail', 'e')).toBe(`${prefix}:effect:notification:mail:e`);
  });

  it('gives a lease to exactly one of many that ask at once', async () => {
    const key = newKey();
    const claims = await Promise.all(Array.from({ length: 50 }, () => inbox.claim([key], 10_000)));
    const states = claims.flat().map(({ state }) => state);
    expect(states.filter((state) => state === 'claimed')).toHaveLength(1);
    expect(states.filter((state) => state === 'held')).toHaveLength(49);
  });

  it('claims many keys in one call, each on its own, and a key that is named twice once', async () => {
    const [done, held, free] = [newKey(), newKey(), newKey()];
    await inbox.markDone([await claimed(done)]);
    await claimed(held, 5000);
    const claims = await inbox.claim([free, done, held, free], 10_000);
    expect(claims.map(({ state }) => state)).toEqual(['claimed', 'done', 'held', 'held']);
    expect(claims[2]).toMatchObject({ leftMs: expect.any(Number) });
    expect((claims[2] as { leftMs: number }).leftMs).toBeLessThanOrEqual(5000);
  });

  it('gives the next holder a higher fence, also after a lease that ended and after one that was released', async () => {
    const key = newKey();
    const first = await claimed(key, 30);
    await ended(key);
    const key2 = newKey();
    const before = await claimed(key2);
    await inbox.release([before]);
    const after = await claimed(key2);
    expect(after.fence).toBeGreaterThan(before.fence);
    expect(await inbox.markDone([first])).toEqual([false]);
  });

  it('lets only the holder renew, mark, fail and release', async () => {
    const key = newKey();
    const old = await claimed(key, 20);
    const current = await eventually(async () => {
      const [claim] = await inbox.claim([key], 10_000);
      return claim?.state === 'claimed' ? { key, fence: claim.fence } : false;
    });
    expect(await inbox.renew([old], 10_000)).toEqual([false]);
    expect(await inbox.markDone([old])).toEqual([false]);
    expect(await inbox.fail(old, 3)).toBeUndefined();
    await inbox.release([old]);
    expect((await inbox.claim([key], 1000))[0]?.state).toBe('held');
    expect(await inbox.renew([current], 10_000)).toEqual([true]);
    expect(await inbox.markDone([current])).toEqual([true]);
  });

  it('lets a holder that was late mark when nobody came in between', async () => {
    const key = newKey();
    const lease = await claimed(key, 1);
    await eventually(async () => Number((await redis.get(key))?.split(':')[1]) < Date.now());
    expect(await inbox.markDone([lease])).toEqual([true]);
  });

  it('remembers what is done for 16 days, and for 16 more when it is asked again', async () => {
    const key = newKey();
    await inbox.markDone([await claimed(key)]);
    expect(await redis.ttl(key)).toBeGreaterThan(15 * DAY_S);
    await redis.expire(key, 100);
    expect(await inbox.claim([key], 1000)).toEqual([{ state: 'done' }]);
    expect(await redis.ttl(key)).toBeGreaterThan(15 * DAY_S);
  });

  it('counts failures beside the lease, keeps them over releases, and tells the next holder', async () => {
    const key = newKey();
    const first = await inbox.fail(await claimed(key), 3);
    expect(first).toMatchObject({ count: 1 });
    expect(first!.firstAt).toBe(first!.lastAt);
    const again = await inbox.claim([key], 10_000);
    expect(again).toMatchObject([{ state: 'claimed', failures: 1 }]);
    await inbox.release([leaseOf(key, again[0])]);
    expect(await inbox.fail(await claimed(key), 3)).toMatchObject({ count: 2, firstAt: first!.firstAt });
    expect(await redis.ttl(key)).toBeGreaterThan(15 * DAY_S);
    expect(await redis.ttl(key)).toBeLessThanOrEqual(16 * DAY_S);
  });

  it('keeps the lease with the last failure, until the message has been moved and is forgotten', async () => {
    const key = newKey();
    const lease = await claimed(key);
    expect(await inbox.fail(lease, 1)).toMatchObject({ count: 1 });
    expect((await inbox.claim([key], 1000))[0]?.state).toBe('held');
    await inbox.forget([lease]);
    expect(await inbox.claim([key], 1000)).toMatchObject([{ state: 'claimed', failures: 0 }]);
  });

  it('leaves no key without an end', async () => {
    const [leased, released, failed] = [newKey(), newKey(), newKey()];
    await claimed(leased);
    await inbox.release([await claimed(released)]);
    await inbox.fail(await claimed(failed), 3);
    expect(await redis.ttl(leased)).toBeGreaterThan(0);
    expect(await redis.exists(released)).toBe(0);
    expect(await redis.ttl(failed)).toBeGreaterThan(0);
  });

  it('says that it is not available, whatever Redis says instead of an answer', async () => {
    const proxy = await startTcpProxy(stackVariable('REDIS_URL'));
    const cut = createRedis({ url: proxy.url, logger, name: 'cut' });
    const away = createInbox({ redis: cut, prefix, service: 'notification' });
    await away.claim([newKey()], 1000);
    await proxy.cut();
    const lease = { key: newKey(), fence: 1 };
    for (const call of [
      () => away.claim([lease.key], 1000),
      () => away.renew([lease], 1000),
      () => away.markDone([lease]),
      () => away.release([lease]),
      () => away.fail(lease, 3),
    ]) {
      await expect(call()).rejects.toThrow(DependencyUnavailableError);
    }
    await proxy.restore();
    await eventually(() => away.claim([newKey()], 1000));
    await cut.quit();
    await proxy.close();
    await redis.lpush(lease.key, 'not a lease');
    await expect(inbox.fail(lease, 3)).rejects.toThrow(DependencyUnavailableError);
  });
});

leakCheck();
