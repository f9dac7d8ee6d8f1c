import { sql } from 'kysely';
import type { Db } from '../database.ts';
import type { TenantId } from '../ids.domain.ts';
import type { Interval, Period } from './period.domain.ts';

/** The completed orders of one interval in one currency. */
export interface RevenueRow {
  readonly date: string;
  readonly currency: string;
  /** Arbitrary precision: a year of orders may be more than a JSON number holds exactly. */
  readonly grossCents: bigint;
  readonly orders: number;
}

/**
 * The tenant's revenue by the date of completion (UTC), oldest first, without intervals in which there was none. With
 * `asOf`, as it was known at that moment.
 */
export async function revenueOf(
  db: Db,
  query: {
    tenantId: TenantId;
    period: Period;
    interval: Interval;
    currency: string | undefined;
    asOf: Date | undefined;
  },
): Promise<RevenueRow[]> {
  const { tenantId, period, interval, currency, asOf } = query;
  const { rows } = await sql<{ date: string; currency: string; gross_cents: string; orders: string }>`
    SELECT to_char(date_trunc(${interval}, completed_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD') AS date, currency,
      sum(total_cents)::text AS gross_cents, count(*)::text AS orders
    FROM orders
    WHERE tenant_id = ${tenantId} AND status = 'completed'
      AND completed_at >= ${`${period.from}T00:00:00Z`}::timestamptz
      AND completed_at < ${`${period.to}T00:00:00Z`}::timestamptz + interval '1 day'
      AND ${currency === undefined ? sql`true` : sql`currency = ${currency}`}
      AND ${asOf ? sql`(CASE WHEN buyer_reference IS NULL THEN completed_at ELSE created_at END) <= ${asOf}` : sql`true`}
    GROUP BY 1, 2
    ORDER BY 1, 2
  `.execute(db);
  return rows.map((row) => ({
    date: row.date,
    currency: row.currency,
    grossCents: BigInt(row.gross_cents),
    orders: Number(row.orders),
  }));
}
