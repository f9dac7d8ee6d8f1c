export const intervals = ['day', 'week', 'month'] as const;

/** What one row of a report adds up. Weeks begin on Monday (ISO 8601). All dates are UTC. */
export type Interval = (typeof intervals)[number];

/** Both days are part of it. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const usualDays = 30;
/** Ten years of days are 3,660 rows for each currency. */
export const mostDays = 3_660;

/** The period of a report: the 30 days up to `to`, and `to` is today, unless it is said otherwise. */
export function periodOf({ from, to }: { from?: string | undefined; to?: string | undefined }, now: Date): Period {
  const last = to ?? dateOf(now);
  return { from: from ?? dateOf(new Date(Date.parse(last) - (usualDays - 1) * dayMs)), to: last };
}

/** Why a period cannot be reported, or undefined when it can. */
export function periodProblem({ from, to }: Period): string | undefined {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days < 1) return 'must not be after "to"';
  return days > mostDays ? `must be at most ${mostDays} days before "to"` : undefined;
}

function dateOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}
