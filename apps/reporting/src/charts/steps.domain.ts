import { type Interval, type Period, startAfter, startOf } from '../period/period.domain.ts';

const dayMs = 24 * 60 * 60 * 1000;
const [daysByDay, daysByWeek] = [92, 2 * 366];

/** The first days of all intervals that a period touches, oldest first: a picture shows those without anything too. */
export function stepsOf({ from, to, interval }: Period & { interval: Interval }): string[] {
  const steps: string[] = [];
  for (let step = startOf(interval, from); step <= to; step = startAfter(interval, step)) steps.push(step);
  return steps;
}

/** The interval that shows a period in little more than a hundred steps, for who has asked for none. */
export function usualInterval({ from, to }: Period): Interval {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days <= daysByDay) return 'day';
  return days <= daysByWeek ? 'week' : 'month';
}
