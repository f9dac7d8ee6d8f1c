import { pageOr400, parse, problem } from '@atlas/platform';
import { z } from 'zod';
import type { Db } from '../database.ts';
import type { MonolithFeature } from '../edge/strangler/slice.ts';
import { currencySchema } from '../orders/order-input.ts';
import { dayProblem, intervals, type Period, periodOf, periodProblem } from './period.domain.ts';
import { readRevenueCursor, revenueCursor } from './revenue.cursor.ts';
import { type RevenueRow, revenueOf } from './revenue.queries.ts';

const date = z.iso
  .date({ error: 'must be a date such as "2026-11-22"', abort: true })
  .refine((day) => dayProblem(day) === undefined, { error: ({ input }) => dayProblem(String(input)) });

/** The most rows of an answer; enough for five years of days in two currencies. */
const mostRows = 5_000;
const rowCount = `must be a whole number from 1 to ${mostRows}`;

/** What every report of reporting takes; CSV is the service's alone. */
export const reportFields = {
  from: date.optional(),
  to: date.optional(),
  limit: z
    .string()
    .regex(/^\d{1,4}$/, rowCount)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= mostRows, rowCount)
    .optional(),
  cursor: z.string().min(1).max(2048).optional(),
};

export const currencyField = currencySchema.optional();
export const intervalField = z.enum(intervals, `must be one of ${intervals.join(', ')}`).default('day');

const revenueQuery = z.strictObject({
  ...reportFields,
  currency: currencyField,
  interval: intervalField,
  format: z.enum(['json'], 'must be json: the monolith writes no CSV').optional(),
});

/**
 * `GET /reports/revenue` as the monolith answers it: it adds up the tenant's orders each time, on the database that
 * takes the orders.
 */
export function revenueFeature({ db, clock }: { db: Db; clock: () => Date }): MonolithFeature {
  return async ({ user: { tenantId }, query, asOf }) => {
    const { limit = mostRows, cursor, format: _json, ...asked } = parse(revenueQuery, query, 'query');
    const { from, to, currency, interval } = asked;
    const scope = { tenantId, from, to, currency, interval };
    const now = asOf ?? clock();
    const begun = cursor === undefined ? undefined : await pageOr400(readRevenueCursor(scope, cursor));
    const period = begun ?? checked(periodOf({ from, to }, now));
    const rows = await revenueOf(db, { tenantId, period, interval, currency, asOf });
    const rest = rows.filter((row) => begun === undefined || placeOf(row) > begun.after);
    const page = rest.slice(0, limit);
    const last = rest.length > limit ? page.at(-1) : undefined;
    const next_cursor = last ? revenueCursor(scope, { ...period, after: placeOf(last) }) : null;
    const body = { items: page.map(revenueView), totals: totalsOf(rows), next_cursor };
    // It is the truth itself, so it is behind nothing.
    return { status: 200, body: { ...body, as_of: now.toISOString(), lag_seconds: 0 } };
  };
}

function checked(period: Period): Period {
  const message = periodProblem(period);
  if (message === undefined) return period;
  const errors = [{ path: 'from', message }];
  throw problem(400, 'INVALID_QUERY', 'The query is not what this endpoint expects.', { errors });
}

function placeOf({ date: day, currency }: RevenueRow): string {
  return `${day} ${currency}`;
}

function revenueView({ date: day, currency, grossCents, orders }: RevenueRow) {
  return { date: day, currency, ...figures(grossCents, orders) };
}

/** Of all pages together, by currency. */
function totalsOf(rows: readonly RevenueRow[]) {
  const byCurrency = [...Map.groupBy(rows, ({ currency }) => currency)].sort(([a], [b]) => (a < b ? -1 : 1));
  return byCurrency.map(([currency, those]) => {
    const gross = those.reduce((sum, { grossCents }) => sum + grossCents, 0n);
    const orders = those.reduce((sum, row) => sum + row.orders, 0);
    return { currency, ...figures(gross, orders) };
  });
}

function figures(grossCents: bigint, orders: number) {
  // Half a cent is rounded up, without a fraction in between.
  const average_cents = exact((2n * grossCents + BigInt(orders)) / (2n * BigInt(orders)));
  return { gross_cents: exact(grossCents), orders, average_cents };
}

function exact(cents: bigint): number {
  if (cents <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(cents);
  throw problem(
    422,
    'AMOUNT_TOO_LARGE',
    'The revenue is more than a JSON number holds exactly. Ask for less at a time.',
  );
}
