import type { Plan } from './plans.domain.ts';

const months: Readonly<Record<Plan['interval'], number>> = { month: 1, year: 12 };

/**
 * When a period that begins at `start` ends: at the same time of day, UTC, on the same day of a later month, or on its last day
 * where that month is shorter (31 January and a month is 28 or 29 February).
 */
export function endOfPeriod(start: Date, interval: Plan['interval']): Date {
  const end = new Date(start);
  end.setUTCMonth(end.getUTCMonth() + months[interval]);
  // Day 0 is the last day of the month before the one that it ran over into.
  if (end.getUTCDate() !== start.getUTCDate()) end.setUTCDate(0);
  return end;
}
