import { type Interval, type Period, startAfter, startOf } from '../period/period.domain.ts';

const dayMs = 24 * 60 * 60 * 1000;
const [daysByDay, daysByWeek] = [92, 2 * 366];

/** How many intervals a period touches, without making them. */
export function stepCount({ from, to, interval }: Period & { interval: Interval }): number {
  if (interval === 'month') return monthOf(to) - monthOf(from) + 1;
  const stepMs = (interval === 'week' ? 7 : 1) * dayMs;
  return (Date.parse(startOf(interval, to)) - Date.parse(startOf(interval, from))) / stepMs + 1;
}

/** The first days of all intervals that a period touches, oldest first: a picture shows those without anything too. */
export function stepsOf(period: Period & { interval: Interval }): string[] {
  const steps: string[] = [];
  // Counted rather than compared, so that it ends whatever the dates are.
  for (let left = stepCount(period), step = startOf(period.interval, period.from); left > 0; left -= 1) {
    steps.push(step);
    step = startAfter(period.interval, step);
  }
  return steps;
}

function monthOf(date: string): number {
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7));
}

/** The interval that shows a period in little more than a hundred steps, for who has asked for none. */
export function usualInterval({ from, to }: Period): Interval {
  const days = (Date.parse(to) - Date.parse(from)) / dayMs + 1;
  if (days <= daysByDay) return 'day';
  return days <= daysByWeek ? 'week' : 'month';
}
