import { messageOf, type MessageColumns, type Queryable } from './outbox-queries.ts';
import type { WireMessage } from '../publish/wire-message.ts';

export interface LogSelection {
  readonly eventType: string;
  readonly since: Date;
  /** Events made after this time are left out, so that reading ends while others write. */
  readonly until: string;
}

/** Where a page ended. Time alone would skip events of the same millisecond. */
export interface LogCursor {
  readonly createdAt: string;
  readonly id: string;
  readonly version: string;
}

const measureSql = `
SELECT count(*)::int AS total, max(created_at)::text AS until FROM outbox
WHERE event_type = $1 AND created_at >= $2 AND parked_at IS NULL`;

/** How many events of the log are selected now, and when the last of them was made; null when there are none. */
export async function measureLog(
  db: Queryable,
  selection: Omit<LogSelection, 'until'>,
): Promise<{ total: number; until: string | null }> {
  const { rows } = await db.query<{ total: number; until: string | null }>(measureSql, [
    selection.eventType,
    selection.since,
  ]);
  return rows[0]!;
}

/**
 * Rows that wait for the relay are read too: one that was published just before the queue was subscribed may not be
 * marked yet, and one that comes twice does no harm. Parked ones never went to anybody.
 */
const pageSql = `
SELECT id, version, event_type, domain, tenant_id, traceparent, envelope, created_at::text AS "createdAt" FROM outbox
WHERE event_type = $1 AND created_at >= $2 AND created_at <= $3::timestamptz AND parked_at IS NULL
  AND ($4::timestamptz IS NULL OR (created_at, id, version) > ($4::timestamptz, $5::uuid, $6::text))
ORDER BY created_at, id, version LIMIT $7`;

/** One page of the log, oldest first, after `cursor`. */
export async function readLog(
  db: Queryable,
  selection: LogSelection,
  cursor: LogCursor | undefined,
  limit: number,
): Promise<{ message: WireMessage; cursor: LogCursor }[]> {
  const { rows } = await db.query<MessageColumns & { createdAt: string }>(pageSql, [
    selection.eventType,
    selection.since,
    selection.until,
    cursor?.createdAt,
    cursor?.id,
    cursor?.version,
    limit,
  ]);
  return rows.map((row) => ({
    message: messageOf(row),
    cursor: { createdAt: row.createdAt, id: row.id, version: row.version },
  }));
}
