import { type Domain, eventKeyOf } from '@atlas/event-contracts';
import type { Pool } from 'pg';
import type { WireMessage } from '../publish/wire-message.ts';
import type { ClaimedRow, OutboxState, Postponed } from './outbox-rows.ts';

/** What the queries need of a pool or of one connection. */
export type Queryable = Pick<Pool, 'query'>;

/**
 * Without an end a query to a machine that has vanished waits for minutes, until TCP gives up. With it, the relay goes on
 * with a new connection while its leases of 30 s still hold.
 */
const queryTimeoutMs = 10_000;

/** A query that rejects when it has no answer in time; `isUnreachable` recognises the error. */
export function timed(text: string, values: unknown[] = []) {
  return { text, values, query_timeout: queryTimeoutMs };
}

/** The columns that a message is made of. */
export interface MessageColumns {
  id: string;
  version: string;
  event_type: string;
  domain: Domain;
  tenant_id: string;
  traceparent: string;
  envelope: string;
}

type ClaimedColumns = MessageColumns & { attempts: number; lease: string };

/**
 * The sub-select locks what it finds and skips what other relays have locked, so no two of them lease the same row.
 * MATERIALIZED because the planner may otherwise run it once per row of the join and lease more than the limit. All
 * times are the database's: the replicas' clocks differ.
 */
const claimSql = `
WITH due AS MATERIALIZED (
  SELECT id, version FROM outbox
  WHERE published_at IS NULL AND parked_at IS NULL AND (lease_until IS NULL OR lease_until < now())
  ORDER BY created_at LIMIT $1
  FOR UPDATE SKIP LOCKED
)
UPDATE outbox SET lease_until = now() + $2 * interval '1 millisecond'
FROM due WHERE outbox.id = due.id AND outbox.version = due.version
RETURNING outbox.id, outbox.version, event_type, domain, tenant_id, traceparent, envelope, attempts,
          lease_until::text AS lease`;

/**
 * Leases up to `limit` due rows, oldest first, for `leaseMs`. The lease is as PostgreSQL prints it: a JavaScript date would
 * lose the microseconds that make it this claim's own.
 */
export async function claimDue(db: Queryable, limit: number, leaseMs: number): Promise<ClaimedRow[]> {
  const { rows } = await db.query<ClaimedColumns>(timed(claimSql, [limit, leaseMs]));
  return rows.map((row) => ({
    id: row.id,
    version: row.version,
    attempts: row.attempts,
    lease: row.lease,
    message: messageOf(row),
  }));
}

/** The message of a stored event: the body exactly as it was committed. */
export function messageOf(row: MessageColumns): WireMessage {
  return {
    domain: row.domain,
    id: row.id,
    body: row.envelope,
    attributes: {
      EventType: row.event_type,
      EventKey: eventKeyOf({ event: row.event_type, version: row.version }),
      TenantId: row.tenant_id,
      traceparent: row.traceparent,
    },
    groupId: row.tenant_id,
  };
}

const markPublishedSql = `
UPDATE outbox SET published_at = now(), lease_until = NULL, last_error = NULL
FROM unnest($1::uuid[], $2::text[]) AS done (id, version)
WHERE outbox.id = done.id AND outbox.version = done.version AND outbox.published_at IS NULL`;

/** Marks rows that SNS has accepted. Whoever holds the lease by now: it is true in any case. */
export async function markPublished(db: Queryable, rows: readonly ClaimedRow[]): Promise<void> {
  await db.query(timed(markPublishedSql, [rows.map((row) => row.id), rows.map((row) => row.version)]));
}

const postponeSql = `
UPDATE outbox SET
  lease_until = now() + p.wait_ms * interval '1 millisecond',
  attempts = outbox.attempts + p.counted::int,
  parked_at = CASE WHEN p.park THEN now() END,
  last_error = coalesce(p.error, outbox.last_error)
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::float8[], $5::boolean[], $6::boolean[], $7::text[])
  AS p (id, version, lease, wait_ms, counted, park, error)
WHERE outbox.id = p.id AND outbox.version = p.version AND outbox.published_at IS NULL AND outbox.lease_until = p.lease`;

/** Gives rows back. A row whose lease has gone to another relay meanwhile is left to that one. */
export async function postpone(db: Queryable, postponed: readonly Postponed[]): Promise<void> {
  const column = <T>(value: (row: Postponed) => T) => postponed.map(value);
  const values = [
    column(({ row }) => row.id),
    column(({ row }) => row.version),
    column(({ row }) => row.lease),
    column(({ waitMs }) => waitMs),
    column(({ counted }) => counted),
    column(({ park }) => park),
    column(({ error }) => error),
  ];
  await db.query(timed(postponeSql, values));
}

const stateSql = `
SELECT (SELECT count(*)::int FROM outbox WHERE published_at IS NULL AND parked_at IS NULL) AS depth,
       (SELECT min(created_at) FROM outbox WHERE published_at IS NULL AND parked_at IS NULL) AS oldest,
       (SELECT count(*)::int FROM outbox WHERE parked_at IS NOT NULL) AS parked`;

/** How much waits, since when, and how much has been set aside. */
export async function outboxState(db: Queryable): Promise<OutboxState> {
  const { rows } = await db.query<OutboxState>(timed(stateSql));
  return rows[0]!;
}
