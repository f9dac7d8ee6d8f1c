import { isCurrency } from '@atlas/event-contracts';
import { problem } from '@atlas/platform';
import { z } from 'zod';
import { dayProblem, type Interval, intervals, type Period, periodOf, periodProblem } from './period.domain.ts';

/** What a report is asked for, resolved and checked. */
export interface Asked extends Period {
  readonly interval: Interval;
  readonly currency?: string | undefined;
}

/** Five years, the longest period of a report. */
export const mostDays = 1_830;

const date = z.iso
  .date({ error: 'must be a date such as "2026-11-22"', abort: true })
  .refine((day) => dayProblem(day) === undefined, { error: ({ input }) => dayProblem(String(input)) });

/** From when to when, both days included. */
export const periodFields = { from: date.optional(), to: date.optional() };

export const currencyField = z
  .string('must be a currency code of ISO 4217, such as "EUR"')
  .refine(isCurrency, 'must be a currency code of ISO 4217, such as "EUR"');

export const intervalField = z.enum(intervals, `must be one of ${intervals.join(', ')}`).default('day');

/** The query of a report over time and currencies; extend it with what a route takes beside. */
export const askedQuery = z.strictObject({
  ...periodFields,
  currency: currencyField.optional(),
  interval: intervalField,
});

/** The period that a query asks for at this moment. Throws the 400 problem INVALID_QUERY for one that is no period, or longer than `most` days. */
export function resolvePeriod(
  asked: { from?: string | undefined; to?: string | undefined },
  now: Date,
  most = mostDays,
): Period {
  const period = periodOf(asked, now);
  const message = periodProblem(period, most);
  if (message === undefined) return period;
  const errors = [{ path: 'from', message }];
  throw problem(400, 'INVALID_QUERY', 'The query is not what this endpoint expects.', { errors });
}
