import { parse, problem } from '@atlas/platform';
import { z } from 'zod';
import type { Db } from '../database.ts';
import type { MonolithFeature } from '../edge/strangler/slice.ts';
import { currencySchema } from '../orders/order-input.ts';
import { intervals, periodOf, periodProblem } from './period.domain.ts';
import { type RevenueRow, revenueOf } from './revenue.queries.ts';

const date = z.iso
  .date('must be a date such as "2026-11-22"')
  .refine((day) => day >= '1970-01-01', 'must not be before 1970');

export const revenueQuery = z.strictObject({
  from: date.optional(),
  to: date.optional(),
  currency: currencySchema.optional(),
  interval: z.enum(intervals, `must be one of ${intervals.join(', ')}`).default('day'),
});

/**
 * `GET /reports/revenue` as the monolith answers it: it adds up the tenant's orders each time, on the database that
 * takes the orders.
 */
export function revenueFeature({ db, clock }: { db: Db; clock: () => Date }): MonolithFeature {
  return async ({ user: { tenantId }, query, asOf }) => {
    const { from, to, currency, interval } = parse(revenueQuery, query, 'query');
    const now = asOf ?? clock();
    const period = periodOf({ from, to }, now);
    const wrong = periodProblem(period);
    if (wrong) {
      const errors = [{ path: 'from', message: wrong }];
      throw problem(400, 'INVALID_QUERY', 'The query is not what this endpoint expects.', { errors });
    }
    const rows = await revenueOf(db, { tenantId, period, interval, currency, asOf });
    return { status: 200, body: { items: rows.map(revenueView), as_of: now.toISOString() } };
  };
}

function revenueView({ date, currency, grossCents, orders }: RevenueRow) {
  const gross_cents = exact(grossCents);
  // Half a cent is rounded up, without a fraction in between.
  const average_cents = exact((2n * grossCents + BigInt(orders)) / (2n * BigInt(orders)));
  return { date, currency, gross_cents, orders, average_cents };
}

function exact(cents: bigint): number {
  if (cents <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(cents);
  throw problem(
    422,
    'AMOUNT_TOO_LARGE',
    'The revenue is more than a JSON number holds exactly. Ask for less at a time.',
  );
}
