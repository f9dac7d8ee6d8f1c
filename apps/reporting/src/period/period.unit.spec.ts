import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { dayProblem, type Interval, periodOf, periodProblem, startAfter, startOf } from './period.domain.ts';

const now = new Date('2026-11-22T23:59:59.999Z');

describe('the period of a report', () => {
  it.each([
    [{}, { from: '2026-10-24', to: '2026-11-22' }],
    [{ to: '2026-03-01' }, { from: '2026-01-31', to: '2026-03-01' }],
    [{ to: '1970-01-05' }, { from: '1970-01-01', to: '1970-01-05' }],
    [{ from: '2026-01-01' }, { from: '2026-01-01', to: '2026-11-22' }],
  ])('of %j', (asked, period) => {
    expect(periodOf(asked, now)).toEqual(period);
  });

  it('may be one day, may not end before it begins, and has a limit', () => {
    expect(periodProblem({ from: '2026-11-22', to: '2026-11-22' }, 1)).toBeUndefined();
    expect(periodProblem({ from: '2026-11-23', to: '2026-11-22' }, 1)).toBe('must not be after "to"');
    expect(periodProblem({ from: '2026-11-21', to: '2026-11-22' }, 1)).toMatch(/at most 1 days, both included/);
  });
});

it('can be asked for by days from 1970 to 2100', () => {
  const days = ['1969-12-31', '1970-01-01', '2100-12-31', '2101-01-01', '9999-12-31'];
  expect(days.map((day) => dayProblem(day) === undefined)).toEqual([false, true, true, false, false]);
});

describe('an interval', () => {
  it.each<[Interval, string, string]>([
    ['day', '2024-02-29', '2024-02-29'],
    ['week', '2010-12-05', '2010-11-29'],
    ['week', '2010-12-06', '2010-12-06'],
    ['week', '1970-01-01', '1969-12-29'],
    ['month', '2024-02-29', '2024-02-01'],
  ])('%s of %s begins on %s', (interval, day, start) => {
    expect(startOf(interval, day)).toBe(start);
  });

  it('ends where the next one begins: each day is in one', () => {
    const days = fc.integer({ min: 0, max: 47_846 }).map((n) => new Date(n * 86_400_000).toISOString().slice(0, 10));
    fc.assert(
      fc.property(days, fc.constantFrom<Interval>('day', 'week', 'month'), (day, interval) => {
        const start = startOf(interval, day);
        const next = startAfter(interval, start);
        expect(start <= day && day < next).toBe(true);
        expect(startOf(interval, next)).toBe(next);
        expect(startOf(interval, start)).toBe(start);
      }),
      {
        examples: [
          ['2100-12-31', 'day'],
          ['2100-12-31', 'week'],
          ['2100-12-31', 'month'],
        ],
      },
    );
  });
});

leakCheck();
