import { createPgPool } from '@atlas/platform/postgres';
import { captureLogs, createTestDatabase, leakCheck, type TestDatabase } from '@atlas/testing';
import { Client } from 'pg';
import { createDatabase } from '../database.ts';
import { assertMigrated, migrate } from './migrate.ts';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase({ name: 'empty', migrate: async () => {} });
});

afterEach(async () => {
  await database.drop();
});

async function check(): Promise<string[]> {
  const pool = createPgPool({ url: database.url, max: 1, logger: captureLogs().logger });
  return assertMigrated(createDatabase(pool)).finally(() => pool.end());
}

async function run(sql: string): Promise<void> {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}

describe('the schema', () => {
  it('of an empty database is old, and the report names what is missing and what to do', async () => {
    await expect(check()).rejects.toMatchObject({
      code: 'SETUP_REQUIRED',
      message: expect.stringMatching(/is old: 0001-tenants-and-users, .* Run the migrations/),
    });
  });

  it('is brought up to date once, by many at once and again', async () => {
    await Promise.all([migrate(database.url), migrate(database.url), migrate(database.url)]);
    await migrate(database.url);
    await expect(check()).resolves.toEqual([]);
  });

  it('that lacks the newest migration is old', async () => {
    await migrate(database.url);
    await run(`DELETE FROM kysely_migration WHERE name = (SELECT max(name) FROM kysely_migration)`);
    await expect(check()).rejects.toThrow(/^The database schema is old: \d{4}-[a-z-]+ has not run\./);
  });

  it('of a later version is good enough for the version before it, which a roll-back brings back, and is left alone', async () => {
    await migrate(database.url);
    await run(`INSERT INTO kysely_migration VALUES ('9999-from-the-future', now()::text)`);
    await expect(migrate(database.url)).resolves.toBeUndefined();
    await expect(check()).resolves.toEqual(['9999-from-the-future']);
  });

  it('of a version that has not all of this one is refused, and not migrated either', async () => {
    await migrate(database.url);
    await run(`UPDATE kysely_migration SET name = '9999-elsewhere' WHERE name LIKE '0007-%'`);
    const refusal = /^The database schema is that of another version: it has 9999-elsewhere, and lacks 0007-/;
    await expect(check()).rejects.toThrow(refusal);
    await expect(migrate(database.url)).rejects.toThrow(refusal);
  });
});

leakCheck();
