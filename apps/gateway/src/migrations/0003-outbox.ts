import { outboxSchemaSql } from '@atlas/messaging/postgres';
import { type Kysely, sql } from 'kysely';

/** The outbox of @atlas/messaging, in the same database as the facts, so that fact and event commit together. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(outboxSchemaSql).execute(db);
}
