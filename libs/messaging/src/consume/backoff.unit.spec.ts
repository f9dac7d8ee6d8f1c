import fc from 'fast-check';
import { defaultBackoff, failureDelaySeconds, giveBackSeconds, retryDelayMs } from './backoff.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('back-off', () => {
  it('after a failure grows by the factor, with half of it random', () => {
    const delays = [1, 2, 3].map((failures) =>
      [0, 0.999].map((r) => failureDelaySeconds(failures, defaultBackoff, () => r)),
    );
    expect(delays).toEqual([
      [1, 2],
      [5, 10],
      [25, 50],
    ]);
  });

  it('is always something that SQS takes: whole seconds from 1 to 12 hours', () => {
    const backoff = fc.record({
      firstSeconds: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      factor: fc.double({ min: 1, max: 100, noNaN: true }),
      longestSeconds: fc.double({ min: 0.001, max: 1e9, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), backoff, random, (count, policy, r) => {
        for (const seconds of [failureDelaySeconds(count, policy, () => r), giveBackSeconds(count, () => r)]) {
          expect(Number.isInteger(seconds)).toBe(true);
          expect(seconds).toBeGreaterThanOrEqual(1);
          expect(seconds).toBeLessThanOrEqual(43_200);
        }
      }),
    );
  });

  it('lets an outage of a minute, with readiness that flaps all the time, use up at most seven of ten receives', () => {
    const receives = (outageSeconds: number) => {
      let time = 0;
      let count = 0;
      while (time < outageSeconds) {
        count += 1;
        time += giveBackSeconds(count, () => 0);
      }
      return count;
    };
    expect(receives(60)).toBeLessThanOrEqual(7);
    expect(receives(20 * 60)).toBeLessThan(10);
  });

  it('between calls of ours doubles up to the longest', () => {
    expect([1, 2, 3, 10, 1000].map((attempt) => retryDelayMs(attempt, 50, 1000, () => 1))).toEqual([
      50, 100, 200, 1000, 1000,
    ]);
    expect(retryDelayMs(3, 50, 1000, () => 0)).toBe(100);
  });
});
