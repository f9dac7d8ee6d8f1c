import { periodOf, periodProblem } from './period.domain.ts';

const now = new Date('2026-11-22T23:59:59.999Z');

describe('the period of a report', () => {
  it.each([
    [{}, { from: '2026-10-24', to: '2026-11-22' }],
    [{ to: '2026-03-01' }, { from: '2026-01-31', to: '2026-03-01' }],
    [{ to: '1970-01-05' }, { from: '1970-01-01', to: '1970-01-05' }],
    [{ from: '2026-01-01' }, { from: '2026-01-01', to: '2026-11-22' }],
    [
      { from: '2010-12-01', to: '2011-12-09' },
      { from: '2010-12-01', to: '2011-12-09' },
    ],
  ])('of %j', (asked, period) => {
    expect(periodOf(asked, now)).toEqual(period);
  });

  it('may be one day, may not end before it begins, and has a limit', () => {
    expect(periodProblem({ from: '2026-11-22', to: '2026-11-22' })).toBeUndefined();
    expect(periodProblem({ from: '2026-11-23', to: '2026-11-22' })).toBe('must not be after "to"');
    expect(periodProblem({ from: '2010-01-01', to: '2026-11-22' })).toMatch(/at most 1830 days, both included/);
    expect(periodProblem({ from: '2021-11-18', to: '2026-11-22' })).toMatch(/at most/);
    expect(periodProblem({ from: '2021-11-19', to: '2026-11-22' })).toBeUndefined();
  });
});
