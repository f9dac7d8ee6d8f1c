import { problem } from '@atlas/platform';
import { sql } from 'kysely';
import type { Db, Tx } from '../database.ts';

/** What an answer is: its status and its JSON body. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Members of the body that are sent and never stored: a secret. A repeated request gets what `body` has in their place. */
  readonly shownOnce?: Readonly<Record<string, unknown>>;
}

export interface KeyedRequest {
  /** Tenant, user and route: others may choose the same key, and so may another route. */
  readonly scope: string;
  readonly key: string;
  /** Hash of what was asked, to notice a key that is used again for something else. */
  readonly fingerprint: string;
}

/** As long as clients may retry (the window that Stripe's API made usual). */
const keptMs = 24 * 60 * 60 * 1000;

/**
 * The stored answer to a repeated request, or undefined when the caller is to run it, in this same transaction, and to
 * `remember` the answer. Throws 409 while another transaction runs the same key and 422 when the key was used for
 * something else. The lock is PostgreSQL's and ends with the transaction, so a process that dies leaves nothing behind
 * and its client's next try runs at once.
 */
export async function recall(tx: Tx, request: KeyedRequest, now: Date): Promise<Answer | undefined> {
  const { scope, key, fingerprint } = request;
  const lock = await sql<{ taken: boolean }>`
    SELECT pg_try_advisory_xact_lock(hashtextextended(${JSON.stringify([scope, key])}, 0)) AS taken
  `.execute(tx);
  if (!lock.rows[0]?.taken) throw stillRunning();
  // A statement of its own, after the lock: it must see what the lock's previous holder committed.
  const stored = await tx
    .selectFrom('idempotency_keys')
    .select(['fingerprint', 'status', 'body', 'created_at'])
    .where('scope', '=', scope)
    .where('key', '=', key)
    .executeTakeFirst();
  if (!stored || stored.created_at.getTime() <= now.getTime() - keptMs) return undefined;
  if (stored.fingerprint !== fingerprint) throw keyReused();
  return { status: stored.status, body: stored.body };
}

/** Stores the answer in the transaction of its effect: both are committed, or neither. */
export async function remember(tx: Tx, request: KeyedRequest, answer: Answer, now: Date): Promise<void> {
  const row = {
    fingerprint: request.fingerprint,
    status: answer.status,
    body: JSON.stringify(answer.body),
    created_at: now,
  };
  await tx
    .insertInto('idempotency_keys')
    .values({ scope: request.scope, key: request.key, ...row })
    // Only a row older than 24 hours can be there, which nobody has pruned yet.
    .onConflict((conflict) => conflict.columns(['scope', 'key']).doUpdateSet(row))
    .execute();
}

/** Deletes answers older than 24 hours, at most `batchSize` of them; resolves with how many. */
export async function pruneAnswers(db: Db, now: Date, batchSize: number): Promise<number> {
  const old = db
    .selectFrom('idempotency_keys')
    .select(['scope', 'key'])
    .where('created_at', '<=', new Date(now.getTime() - keptMs))
    .limit(batchSize)
    // Another replica prunes at the same time: each takes rows that the other has not.
    .forUpdate()
    .skipLocked();
  const result = await db
    .deleteFrom('idempotency_keys')
    .where((row) => row(row.refTuple('scope', 'key'), 'in', old.$asTuple('scope', 'key')))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

function stillRunning() {
  const detail = 'A request with this Idempotency-Key is still running. Try again shortly.';
  return problem(409, 'IDEMPOTENCY_KEY_IN_PROGRESS', detail, {}, { 'retry-after': '1' });
}

function keyReused() {
  const detail = 'This Idempotency-Key was used for a different request. Use a new key for a new request.';
  return problem(422, 'IDEMPOTENCY_KEY_REUSED', detail);
}
