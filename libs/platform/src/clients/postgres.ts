import pg from 'pg';
import { SetupError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';

const CONNECTION_TIMEOUT_MS = 3_000;
/**
 * To open a connection costs PostgreSQL a process and both sides a password hash, some 10 ms: a pool that shrinks between two bursts
 * pays that in the second one, for every request that waits.
 */
const IDLE_TIMEOUT_MS = 10 * 60_000;
/** Far longer than any transaction of ours pauses between two statements. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;

/**
 * A PostgreSQL pool of `max` connections. Waiting for a connection ends after 3 s with an error that `isUnreachable`
 * recognises; the loss of a connection that runs no query is logged, not thrown, and the pool makes a new one when it
 * needs it. `name` is what `pg_stat_activity` shows.
 */
export function createPgPool(options: { url: string; max: number; logger: Logger; name?: string }): pg.Pool {
  const { url, max, logger, name } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    keepAlive: true,
    // A process that was killed closes its connection; one that hangs, or whose machine has lost power, does not, and its
    // locks would stay until the kernel notices, hours later.
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    ...(name ? { application_name: name } : {}),
  });
  // A connection can be lost while it is idle and while a transaction holds it but runs no query; in both cases an 'error'
  // without a listener would end the process. pg emits the first on the pool as well.
  pool.on('connect', (client) => {
    client.on('error', (error) => logger.warn({ err: error }, 'lost a connection to PostgreSQL'));
  });
  pool.on('error', () => {});
  return pool;
}

/** Resolves when PostgreSQL answers; the health check for it. */
export async function pingPostgres(pool: pg.Pool): Promise<void> {
  await pool.query('SELECT 1');
}

/** Appendix A of PostgreSQL's manual: a wrong account or password, no such database, and not allowed to. */
const refusals: ReadonlySet<string> = new Set(['28000', '28P01', '3D000', '42501']);

/** Throws SetupError when PostgreSQL does not let this account in or has no such database, and whatever says that it is away. */
export async function assertPostgresAccess(pool: pg.Pool): Promise<void> {
  try {
    await pingPostgres(pool);
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    if (!refusals.has(code)) throw error;
    throw new SetupError(`PostgreSQL refuses the connection: ${message}. Check DATABASE_URL.`, { cause: error });
  }
}
