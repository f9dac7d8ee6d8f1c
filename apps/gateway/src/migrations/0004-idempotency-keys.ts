import { type Kysely, sql } from 'kysely';

/**
 * The answers of POST requests that carried an Idempotency-Key. A row is written in the transaction of the effect, so
 * there is no "in progress" row that a crash could leave behind: who works on a key holds an advisory lock instead.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE idempotency_keys (
      scope       text NOT NULL,
      key         text NOT NULL,
      fingerprint text NOT NULL,
      status      smallint NOT NULL,
      body        json NOT NULL,
      created_at  timestamptz NOT NULL,
      PRIMARY KEY (scope, key)
    );
    CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
  `.execute(db);
}
