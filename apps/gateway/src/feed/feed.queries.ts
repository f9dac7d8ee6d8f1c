import type { Currency } from '@atlas/event-contracts';
import { sql } from 'kysely';
import type { Db, Role } from '../database.ts';
import type { OrderId, TenantId, UserId } from '../ids.domain.ts';
import type { FeedPosition } from './feed.cursor.ts';

/** One thing that has happened in a tenant, as the monolith's tables know it. */
export type Activity = CompletedOrderActivity | JoinedUserActivity;

interface CompletedOrderActivity {
  readonly kind: 'order';
  readonly at: Date;
  readonly eventId: string;
  readonly orderId: OrderId;
  readonly currency: Currency;
  readonly totalCents: number;
  readonly lines: number;
  readonly completedAt: Date;
}

interface JoinedUserActivity {
  readonly kind: 'user';
  readonly at: Date;
  /** The user's own id: the monolith never stored which event told of them. */
  readonly eventId: string;
  readonly userId: UserId;
  readonly userName: string;
  readonly role: Role;
}

export interface ActivityQuery {
  readonly tenantId: TenantId;
  readonly limit: number;
  readonly after: FeedPosition | undefined;
  /** Nothing later than this. */
  readonly asOf: Date | undefined;
}

interface ActivityRow {
  kind: 'order' | 'user';
  at: Date;
  event_id: string;
  subject: string;
  currency: string | null;
  total_cents: string | null;
  lines: string | null;
  completed_at: Date | null;
  user_name: string | null;
  role: Role | null;
}

/** When it became known: an imported order of 2010 is the activity of the day of its import. */
const recordedAt = sql<Date>`(CASE WHEN buyer_reference IS NULL THEN completed_at ELSE created_at END)`;
/** The event of an order is made a moment after the order is decided; a cursor of the service has the time of the event. */
const clockOfEvent = sql`interval '5 seconds'`;

/**
 * The tenant's activity, newest first, out of orders and users. Each half is read by its own index, at most `limit` rows of
 * it, so that a page costs the same in the first year and in the tenth.
 */
export async function listActivity(db: Db, { tenantId, limit, after, asOf }: ActivityQuery): Promise<Activity[]> {
  const position =
    after &&
    sql`(coalesce(
    (SELECT ${recordedAt} FROM orders
     WHERE tenant_id = ${tenantId} AND status = 'completed' AND event_id = ${after.eventId}
       AND ${recordedAt} BETWEEN ${after.at}::timestamptz - ${clockOfEvent} AND ${after.at}::timestamptz),
    ${after.at}::timestamptz), ${after.eventId}::uuid)`;
  const { rows } = await sql<ActivityRow>`
    WITH orders_part AS (
      SELECT 'order' AS kind, ${recordedAt} AS at, event_id, order_id AS subject, currency, total_cents, completed_at
      FROM orders
      WHERE tenant_id = ${tenantId} AND status = 'completed'
        AND ${asOf ? sql`${recordedAt} <= ${asOf}` : sql`true`}
        AND ${position ? sql`(${recordedAt}, event_id) < ${position}` : sql`true`}
      ORDER BY ${recordedAt} DESC, event_id DESC
      LIMIT ${limit}
    ), users_part AS (
      SELECT 'user' AS kind, created_at AS at, user_id AS event_id, user_id AS subject, name AS user_name, role
      FROM users
      WHERE tenant_id = ${tenantId} AND role <> 'operator'
        AND ${asOf ? sql`created_at <= ${asOf}` : sql`true`}
        AND ${position ? sql`(created_at, user_id) < ${position}` : sql`true`}
      ORDER BY created_at DESC, user_id DESC
      LIMIT ${limit}
    )
    SELECT kind, at, event_id, subject, currency, total_cents, completed_at, NULL AS user_name, NULL AS role,
      (SELECT count(*) FROM order_lines WHERE tenant_id = ${tenantId} AND order_id = subject) AS lines
    FROM orders_part
    UNION ALL
    SELECT kind, at, event_id, subject, NULL, NULL, NULL, user_name, role, NULL FROM users_part
    ORDER BY at DESC, event_id DESC
    LIMIT ${limit}
  `.execute(db);
  return rows.map(activityOf);
}

function activityOf(row: ActivityRow): Activity {
  const { at, event_id: eventId, subject } = row;
  if (row.kind === 'user') {
    return { kind: 'user', at, eventId, userId: subject as UserId, userName: row.user_name!, role: row.role! };
  }
  return {
    kind: 'order',
    at,
    eventId,
    orderId: subject as OrderId,
    currency: row.currency as Currency,
    totalCents: Number(row.total_cents),
    lines: Number(row.lines),
    completedAt: row.completed_at!,
  };
}
