import type { EventType } from '@atlas/event-contracts';
import type { Queryable } from './outbox-queries.ts';
import { outboxChannel } from './outbox-schema.ts';

/** An event that the relay has set aside, because SNS refuses it or kept failing it. */
export interface ParkedEvent {
  readonly id: string;
  readonly version: string;
  readonly eventType: EventType;
  readonly tenantId: string;
  readonly subject: string;
  readonly createdAt: Date;
  readonly parkedAt: Date;
  readonly attempts: number;
  readonly lastError: string;
}

const listSql = `
SELECT id, version, event_type AS "eventType", tenant_id AS "tenantId", subject, created_at AS "createdAt",
       parked_at AS "parkedAt", attempts, last_error AS "lastError"
FROM outbox WHERE parked_at IS NOT NULL ORDER BY parked_at, id LIMIT $1`;

/** The parked events, those first that have been parked longest; at most `limit`. */
export async function listParked(db: Queryable, limit = 100): Promise<ParkedEvent[]> {
  const { rows } = await db.query<ParkedEvent>(listSql, [limit]);
  return rows;
}

const unparkSql = `
WITH unparked AS (
  UPDATE outbox SET parked_at = NULL, lease_until = NULL, attempts = 0
  WHERE id = ANY($1::uuid[]) AND parked_at IS NOT NULL
  RETURNING 1
)
SELECT count(*)::int AS count, pg_notify('${outboxChannel}', '') FROM unparked`;

/** Lets the relay try these events again from the start, and returns how many were parked. */
export async function unpark(db: Queryable, ids: readonly string[]): Promise<number> {
  const { rows } = await db.query<{ count: number }>(unparkSql, [ids]);
  return rows[0]!.count;
}
