import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { stackVariable } from './stack.ts';

export interface TestDatabase {
  url: string;
  /** Removes the database, also when connections are still open. */
  drop(): Promise<void>;
}

/**
 * A database of its own for one test file, copied from the template `name` in some 30 ms. The template is made by
 * `migrate(url)` the first time and brought up to date by it from then on, so `migrate` must be safe to run again and
 * must close its connections. Test files that run at the same time take turns by an advisory lock.
 */
export async function createTestDatabase(options: {
  name: string;
  migrate: (url: string) => Promise<void>;
}): Promise<TestDatabase> {
  const adminUrl = stackVariable('DATABASE_URL');
  const template = `template_${options.name.replaceAll(/[^a-z0-9_]/g, '_')}`;
  const database = `test_${options.name.replaceAll(/[^a-z0-9_]/g, '_')}_${randomBytes(5).toString('hex')}`;
  await withAdmin(adminUrl, async (admin) => {
    // One lock per template: PostgreSQL copies a database only while nobody is connected to it.
    await admin.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    const { rowCount } = await admin.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (rowCount === 0) await admin.query(`CREATE DATABASE ${template}`);
    await options.migrate(urlOf(adminUrl, template));
    await admin.query(`CREATE DATABASE ${database} TEMPLATE ${template}`);
  });
  return {
    url: urlOf(adminUrl, database),
    drop: () =>
      withAdmin(adminUrl, async (admin) => {
        await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      }),
  };
}

// The lock ends with the session, so it is also released when something throws.
async function withAdmin(url: string, run: (admin: pg.Client) => Promise<void>): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await run(admin);
  } finally {
    await admin.end();
  }
}

function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl);
  url.pathname = `/${database}`;
  return url.href;
}
