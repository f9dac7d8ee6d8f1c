import type { WireMessage } from '../publish/wire-message.ts';
import type { EventLog, LogSelection } from './event-log.ts';
import { messageOf, type MessageColumns, type Queryable } from './outbox-queries.ts';

const pageSize = 500;

/** The log that an outbox in PostgreSQL keeps: 90 days. */
export function createPostgresEventLog(db: Queryable): EventLog {
  return {
    async select(selection) {
      const { total, until } = await measure(db, selection);
      return { total, pages: () => pagesOf(db, selection, until) };
    },
  };
}

/** Where a page ended. Time alone would skip events of the same millisecond. */
interface Cursor {
  readonly createdAt: string;
  readonly id: string;
  readonly version: string;
}

const selected = `
event_type = $1 AND created_at >= $2 AND parked_at IS NULL
AND ($3::text[] IS NULL OR 'v' || split_part(version, '.', 1) = ANY ($3))`;

const valuesOf = ({ eventType, since, majors }: LogSelection) => [eventType, since, majors ?? null];

/** How many events are selected now, and when the last of them was made. */
async function measure(db: Queryable, selection: LogSelection): Promise<{ total: number; until: string | null }> {
  const sql = `SELECT count(*)::int AS total, max(created_at)::text AS until FROM outbox WHERE ${selected}`;
  const { rows } = await db.query<{ total: number; until: string | null }>(sql, valuesOf(selection));
  return rows[0]!;
}

const pageSql = `
SELECT id, version, event_type, domain, tenant_id, traceparent, envelope, created_at::text AS "createdAt" FROM outbox
WHERE ${selected} AND created_at <= $4::timestamptz
  AND ($5::timestamptz IS NULL OR (created_at, id, version) > ($5::timestamptz, $6::uuid, $7::text))
ORDER BY created_at, id, version LIMIT ${pageSize}`;

async function* pagesOf(
  db: Queryable,
  selection: LogSelection,
  until: string | null,
): AsyncGenerator<readonly WireMessage[]> {
  let cursor: Cursor | undefined;
  for (;;) {
    const { rows } = await db.query<MessageColumns & { createdAt: string }>(pageSql, [
      ...valuesOf(selection),
      until,
      cursor?.createdAt,
      cursor?.id,
      cursor?.version,
    ]);
    if (rows.length > 0) yield rows.map(messageOf);
    if (rows.length < pageSize) return;
    cursor = rows.at(-1);
  }
}
