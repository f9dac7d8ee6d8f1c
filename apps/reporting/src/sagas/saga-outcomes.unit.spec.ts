import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { eventOf } from '../../test/events.ts';
import { bucketOf, percentileOf } from './buckets.domain.ts';
import { sagaOutcomes } from './saga-outcomes.projection.domain.ts';

const requested_at = '2026-11-21T23:59:59.000Z';
const about = { timestamp: '2026-11-22T00:00:00.234Z' };
const added = (name: string) => [
  { row: ['2026-11-22'], add: { [name]: 1, ms_sum: 1_234, [`ms_${bucketOf(1_234)}`]: 1 } },
];

describe('the outcome of a request for a plan', () => {
  it('counts on its own day, with the time since the request', () => {
    const project = sagaOutcomes.project.bind(sagaOutcomes);
    expect(project(eventOf('subscription.activated.v1', { requested_at }, about))).toEqual(added('activated'));
    expect(project(eventOf('charge.reversed.v1', { requested_at }, about))).toEqual(added('reversed'));
    expect(project(eventOf('charge.failed.v1', { requested_at }, about))).toEqual(added('failed'));
  });

  it.each(['refunded_at_provider', 'charged_after_failure'])('is no reversal that comes after it: %s', (reason) => {
    expect(sagaOutcomes.project(eventOf('charge.reversed.v1', { reason }))).toEqual([]);
  });

  it('is never before its request, whatever the clocks say', () => {
    const [change] = sagaOutcomes.project(eventOf('charge.failed.v1', { requested_at: '2030-01-01T00:00:00Z' }));
    expect(change!.add).toEqual({ failed: 1, ms_sum: 0, ms_1: 1 });
  });
});

describe('percentiles out of buckets', () => {
  it('are never too low, and a tenth too high at most', () => {
    const durations = fc.array(fc.nat(100_000_000), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(durations, fc.constantFrom(0.5, 0.95, 1), (all, share) => {
        const counts = new Map<number, bigint>();
        for (const ms of all) counts.set(bucketOf(ms), (counts.get(bucketOf(ms)) ?? 0n) + 1n);
        const exact = all.toSorted((a, b) => a - b)[Math.ceil(share * all.length) - 1]!;
        const told = percentileOf(counts, share)!;
        expect(told).toBeGreaterThanOrEqual(exact);
        expect(told).toBeLessThanOrEqual(Math.max(1, exact * 1.1));
      }),
    );
  });

  it('end at a month, and are nothing of nothing', () => {
    expect(bucketOf(Number.MAX_SAFE_INTEGER)).toBe(31 * 24 * 60 * 60 * 1000);
    expect(percentileOf(new Map(), 0.5)).toBeNull();
  });
});

leakCheck();
