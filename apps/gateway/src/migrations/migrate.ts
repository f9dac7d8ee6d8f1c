import { SetupError } from '@atlas/platform';
import { assertPostgresAccess } from '@atlas/platform/postgres';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { Pool } from 'pg';
import * as tenantsAndUsers from './0001-tenants-and-users.ts';
import * as orders from './0002-orders.ts';
import * as outbox from './0003-outbox.ts';
import * as idempotencyKeys from './0004-idempotency-keys.ts';
import * as invitationsAndApiKeys from './0005-invitations-and-api-keys.ts';
import * as tenantSettings from './0006-tenant-settings.ts';
import * as feedAndReportsIndexes from './0007-feed-and-reports-indexes.ts';

// Imported statically, not read from a folder: a bundle has no folder. The names are the record of what has run.
const migrations: Readonly<Record<string, Migration>> = Object.freeze({
  '0001-tenants-and-users': tenantsAndUsers,
  '0002-orders': orders,
  '0003-outbox': outbox,
  '0004-idempotency-keys': idempotencyKeys,
  '0005-invitations-and-api-keys': invitationsAndApiKeys,
  '0006-tenant-settings': tenantSettings,
  '0007-feed-and-reports-indexes': feedAndReportsIndexes,
});

/**
 * Brings the schema of the database to this version of the gateway, in one transaction; leaves one of a later version as it is. Safe to
 * run again, and by many at once: an advisory lock lets one work while the others wait. Throws the error of the migration that
 * failed, and SetupError as `pendingMigrations` does.
 */
export async function migrate(databaseUrl: string): Promise<void> {
  await inDatabase(databaseUrl, async (db) => {
    const { missing } = await compare(db);
    if (missing.length === 0) return;
    const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
    const { error } = await migrator.migrateToLatest();
    if (error) throw error;
  });
}

/**
 * The migrations that `migrate` would run, in their order. Throws SetupError when the schema lacks some and has others that this version does
 * not know, or PostgreSQL does not let the account in.
 */
export async function pendingMigrations(databaseUrl: string): Promise<string[]> {
  return (await inDatabase(databaseUrl, compare)).missing;
}

async function inDatabase<T>(databaseUrl: string, run: (db: Kysely<unknown>) => Promise<T>): Promise<T> {
  const pool = new Pool({ connectionString: databaseUrl, max: 1 });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    await assertPostgresAccess(pool);
    return await run(db);
  } finally {
    await db.destroy();
  }
}

/**
 * Throws SetupError unless the schema has all that this version was written for; the message says what it lacks and what to run. Answers
 * the migrations of later versions, which leave the version before them working: during a deployment, and after a roll-back, that is this one.
 */
export async function assertMigrated<DB>(db: Kysely<DB>): Promise<string[]> {
  const { missing, later } = await compare(db);
  if (missing.length > 0) {
    throw new SetupError(
      `The database schema is old: ${missing.join(', ')} has not run. Run the migrations (npm run stack does), then start again.`,
    );
  }
  return later;
}

/** `missing`: what this version needs and has not run. `later`: what has run and this version does not know. */
async function compare<DB>(db: Kysely<DB>): Promise<{ missing: string[]; later: string[] }> {
  const executed = await executedMigrations(db);
  const later = executed.filter((name) => !(name in migrations));
  const missing = Object.keys(migrations).filter((name) => !executed.includes(name));
  if (missing.length > 0 && later.length > 0) {
    throw new SetupError(
      `The database schema is that of another version: it has ${later.join(', ')}, and lacks ${missing.join(', ')}. Deploy a version that knows both.`,
    );
  }
  return { missing, later };
}

async function executedMigrations<DB>(db: Kysely<DB>): Promise<string[]> {
  // to_regclass, because asking a table that does not exist is an error, and a new database is an ordinary case.
  const table = await sql<{ found: boolean }>`SELECT to_regclass('kysely_migration') IS NOT NULL AS found`.execute(db);
  if (!table.rows[0]?.found) return [];
  const rows = await sql<{ name: string }>`SELECT name FROM kysely_migration ORDER BY name`.execute(db);
  return rows.rows.map((row) => row.name);
}
