import fc from 'fast-check';
import { bucketOf, buckets } from './bucket.ts';

const ids = Array.from({ length: 10_000 }, (_, index) => `tenant-${index}`);
const chosen = (seed: string, percent: number) => new Set(ids.filter((id) => bucketOf(seed, id) < percent * 100));

describe('the bucket of a tenant', () => {
  it('is the same for ever: a new version must not move anybody', () => {
    expect(bucketOf('flag:a', '0198c5a1-0000-7000-8000-000000000001')).toBe(348);
  });

  it('is one of 10,000', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (seed, id) => {
        const bucket = bucketOf(seed, id);
        expect(Number.isInteger(bucket) && bucket >= 0 && bucket < buckets).toBe(true);
      }),
    );
  });

  it('a larger share only adds tenants', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(100), fc.nat(100), (seed, id, one, other) => {
        const [small, large] = one < other ? [one, other] : [other, one];
        const bucket = bucketOf(seed, id);
        if (bucket < small * 100) expect(bucket).toBeLessThan(large * 100);
      }),
    );
  });

  it.each([1, 10, 50])('%d %% is that many, give or take what chance allows', (percent) => {
    // Four standard deviations of the binomial distribution.
    const share = percent / 100;
    const tolerance = 4 * Math.sqrt(ids.length * share * (1 - share));
    expect(Math.abs(chosen('flag:b', percent).size - ids.length * share)).toBeLessThan(tolerance);
  });

  it('under one seed says nothing about another: 10 % of a tenth are 1 %', () => {
    const other = chosen('flag:d', 10);
    const both = [...chosen('flag:c', 10)].filter((id) => other.has(id));
    expect(both.length).toBeGreaterThan(60);
    expect(both.length).toBeLessThan(140);
  });

  it('keeps seed and id apart', () => {
    expect(bucketOf('a', 'bc')).not.toBe(bucketOf('ab', 'c'));
  });
});
