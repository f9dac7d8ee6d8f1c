import { leakCheck } from '@atlas/testing';
import { endOfPeriod } from './period.domain.ts';

it.each([
  ['2026-11-22T08:37:01.480Z', 'month', '2026-12-22T08:37:01.480Z'],
  ['2026-01-31T23:59:59.999Z', 'month', '2026-02-28T23:59:59.999Z'],
  ['2028-01-31T00:00:00.000Z', 'month', '2028-02-29T00:00:00.000Z'],
  ['2026-12-31T12:00:00.000Z', 'month', '2027-01-31T12:00:00.000Z'],
  ['2026-11-22T08:37:01.480Z', 'year', '2027-11-22T08:37:01.480Z'],
  ['2028-02-29T08:37:01.480Z', 'year', '2029-02-28T08:37:01.480Z'],
] as const)('what begins at %s for a %s ends at %s', (start, interval, end) => {
  expect(endOfPeriod(new Date(start), interval).toISOString()).toBe(end);
});

leakCheck();
