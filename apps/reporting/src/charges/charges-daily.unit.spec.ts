import { leakCheck } from '@atlas/testing';
import { eventOf } from '../../test/events.ts';
import { chargesDaily } from './charges-daily.projection.domain.ts';

describe('the money of a charge', () => {
  it('came on the day of the charge', () => {
    expect(chargesDaily.project(eventOf('charge.succeeded.v1', { charged_at: '2026-11-30T23:59:59.999Z' }))).toEqual([
      { row: ['2026-11-30', 'EUR'], add: { charged_cents: 4_900, charges: 1 } },
    ]);
  });

  it('went back on the day of the reversal', () => {
    expect(chargesDaily.project(eventOf('charge.reversed.v1', { reversed_at: '2026-12-01T00:00:00Z' }))).toEqual([
      { row: ['2026-12-01', 'EUR'], add: { reversed_cents: 4_900, reversals: 1 } },
    ]);
  });

  it('that came after the charge had failed was never told of: it came and went', () => {
    const [change] = chargesDaily.project(eventOf('charge.reversed.v1', { reason: 'charged_after_failure' }));
    expect(change!.add).toEqual({ charged_cents: 4_900, charges: 1, reversed_cents: 4_900, reversals: 1 });
  });
});

leakCheck();
