import fc from 'fast-check';
import { bucketEndMs, bucketOf, percentileOf } from './latency.domain.ts';

const durations = fc.array(fc.double({ min: 0.2, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 });

function counted(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(bucketOf(value), (counts.get(bucketOf(value)) ?? 0) + 1);
  return counts;
}

describe('percentiles out of buckets', () => {
  it('are never below the exact one and at most 10 % above it', () => {
    fc.assert(
      fc.property(durations, fc.constantFrom(0.5, 0.95, 0.99), (values, share) => {
        const exact = values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1]!;
        const told = percentileOf(counted(values), share)!;
        expect(told).toBeGreaterThanOrEqual(exact * 0.999_999);
        expect(told).toBeLessThanOrEqual(exact * 1.100_001);
      }),
    );
  });

  it('are unknown without observations', () => {
    expect(percentileOf(new Map(), 0.99)).toBeNull();
  });

  it('begin at a tenth of a millisecond', () => {
    expect(bucketOf(0)).toBe(0);
    expect(bucketEndMs(0)).toBe(0.1);
  });
});
