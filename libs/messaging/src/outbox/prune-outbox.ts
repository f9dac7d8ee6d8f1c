import type { Queryable } from './outbox-queries.ts';

/** How long published events can be replayed to a new consumer (architecture.md, "History for newcomers"). */
export const retentionDays = 90;

/** Small enough that a batch holds its locks for milliseconds. */
const batchSize = 1_000;

/** The log's index leads to old rows; one of them that was parked for long has a published_at of its own. */
const pruneSql = `
WITH expired AS MATERIALIZED (
  SELECT id, version FROM outbox
  WHERE created_at < now() - $1 * interval '1 day' AND published_at < now() - $1 * interval '1 day'
  ORDER BY created_at LIMIT ${batchSize} FOR UPDATE SKIP LOCKED
)
DELETE FROM outbox USING expired WHERE outbox.id = expired.id AND outbox.version = expired.version`;

/**
 * Deletes events that were published more than `olderThanDays` ago, in batches of 1,000, and returns how many. Several
 * replicas may do so at once. Ends early, between two batches, when `signal` is aborted.
 */
export async function pruneOutbox(db: Queryable, olderThanDays = retentionDays, signal?: AbortSignal): Promise<number> {
  let deleted = 0;
  while (!signal?.aborted) {
    const { rowCount } = await db.query(pruneSql, [olderThanDays]);
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < batchSize) break;
  }
  return deleted;
}
