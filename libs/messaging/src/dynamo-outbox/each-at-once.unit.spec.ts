import { leakCheck } from '@atlas/testing';
import { eachAtOnce } from './each-at-once.ts';

describe('eachAtOnce', () => {
  it('runs at most so many at a time and keeps the order', async () => {
    let [running, most] = [0, 0];
    const doubled = await eachAtOnce([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return item * 2;
    });
    expect([doubled, most]).toEqual([[2, 4, 6, 8, 10, 12, 14], 3]);
    expect(await eachAtOnce([], 3, () => Promise.reject(new Error('never')))).toEqual([]);
  });

  it('rejects with the first failure when nothing runs any more, and begins nothing after it', async () => {
    const slow = Promise.withResolvers<void>();
    const begun: number[] = [];
    let settled = false;
    const all = eachAtOnce([1, 2, 3], 2, async (item) => {
      begun.push(item);
      if (item === 2) throw new Error('two');
      await slow.promise;
    }).finally(() => (settled = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    slow.resolve();
    await expect(all).rejects.toThrow('two');
    expect(begun).toEqual([1, 2]);
  });
});

leakCheck();
