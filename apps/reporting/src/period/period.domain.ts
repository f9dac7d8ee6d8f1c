export const intervals = ['day', 'week', 'month'] as const;

/** What one line of a report adds up. Weeks begin on Monday (ISO 8601). All dates are UTC, `YYYY-MM-DD`. */
export type Interval = (typeof intervals)[number];

/** Both days are part of it. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

const dayMs = 24 * 60 * 60 * 1000;
const usualDays = 30;
/** What a report can be asked for. Beyond, dates would soon not be text that sorts any more. */
const [firstDay, lastDay] = ['1970-01-01', '2100-12-31'];

/** Why nothing can be reported of a date, or undefined when it can. */
export function dayProblem(date: string): string | undefined {
  if (date < firstDay) return 'must not be before 1970';
  return date > lastDay ? 'must not be after 2100' : undefined;
}

/** The period of a report: the 30 days up to `to`, and `to` is today, unless it is said otherwise. */
export function periodOf({ from, to }: { from?: string | undefined; to?: string | undefined }, now: Date): Period {
  const last = to ?? dateOf(now.getTime());
  const usual = dateOf(Date.parse(last) - (usualDays - 1) * dayMs);
  return { from: from ?? (usual < firstDay ? firstDay : usual), to: last };
}

/** Why a period cannot be reported, as a message about `from`; undefined when it can. */
export function periodProblem({ from, to }: Period, mostDays: number): string | undefined {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days < 1) return 'must not be after "to"';
  return days > mostDays ? `makes the period too long: at most ${mostDays} days, both included` : undefined;
}

/** The first day of the interval that `date` lies in. */
export function startOf(interval: Interval, date: string): string {
  if (interval === 'month') return `${date.slice(0, 7)}-01`;
  if (interval === 'day') return date;
  const ms = Date.parse(date);
  const daysSinceMonday = (new Date(ms).getUTCDay() + 6) % 7;
  return dateOf(ms - daysSinceMonday * dayMs);
}

/** The first day of the interval after the one that begins on `start`. */
export function startAfter(interval: Interval, start: string): string {
  const ms = Date.parse(start);
  if (interval !== 'month') return dateOf(ms + (interval === 'week' ? 7 : 1) * dayMs);
  const day = new Date(ms);
  return dateOf(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 1));
}

/** The UTC date of a point in time. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
