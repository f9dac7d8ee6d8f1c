import { isUnreachable } from '@atlas/platform';
import { createPgPool, pingPostgres } from '@atlas/platform/postgres';
import { captureLogs } from './captured-logs.ts';
import { eventually } from './eventually.ts';
import { leakCheck } from './leak-check.ts';
import { stackVariable } from './stack.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

// How the PostgreSQL pool of @atlas/platform behaves in an outage. The test is here because it needs this library's parts.
let proxy: TcpProxy;
let logs: ReturnType<typeof captureLogs>;
let pool: ReturnType<typeof createPgPool>;

beforeEach(async () => {
  proxy = await startTcpProxy(stackVariable('DATABASE_URL'), 5432);
  logs = captureLogs();
  pool = createPgPool({ url: proxy.url, max: 3, logger: logs.logger, name: 'outage-test' });
});
afterEach(async () => {
  await pool.end();
  await proxy.close();
});

async function failure(query: Promise<unknown>): Promise<unknown> {
  return query.then(
    () => new Error('expected the query to fail'),
    (thrown: unknown) => thrown,
  );
}

async function expectOutage(query: Promise<unknown>): Promise<void> {
  const error = await failure(query);
  expect([isUnreachable(error), String(error)]).toEqual([true, String(error)]);
}

/** Ends the connections of this pool as an administrator (or a fail-over) does. */
async function terminate(pid: number): Promise<void> {
  const admin = createPgPool({ url: stackVariable('DATABASE_URL'), max: 1, logger: logs.logger });
  await admin.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
  await admin.end();
}

const pidOf = async (client: { query: typeof pool.query }): Promise<number> =>
  ((await client.query('SELECT pg_backend_pid() AS pid')).rows[0] as { pid: number }).pid;

describe('createPgPool', () => {
  it('fails while PostgreSQL is stopped with errors that are outages, and recovers by itself', async () => {
    await pool.query('SELECT 1');
    await proxy.cut();
    await expectOutage(pool.query('SELECT 1'));
    await expectOutage(pingPostgres(pool));
    await proxy.restore();
    await eventually(() => pingPostgres(pool));
  });

  it('fails a query that was running', async () => {
    const running = failure(pool.query('SELECT pg_sleep(30)'));
    await eventually(() => pool.totalCount - pool.idleCount === 1);
    await proxy.cut();
    expect(isUnreachable(await running)).toBe(true);
  });

  it('fails to connect within 3 s while PostgreSQL hangs', async () => {
    proxy.freeze();
    const begin = performance.now();
    await expectOutage(pool.query('SELECT 1'));
    expect(performance.now() - begin).toBeLessThan(5_000);
    await proxy.restore();
  });

  it('takes waiting for a connection too long for an outage, not for a mistake', async () => {
    const held = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
    await expectOutage(pool.query('SELECT 1'));
    for (const client of held) client.release();
  });

  it('survives the loss of an idle connection', async () => {
    await terminate(await pidOf(pool));
    await eventually(() => pool.totalCount === 0);
    await pingPostgres(pool);
    expect(logs.lines).toContainEqual(expect.objectContaining({ msg: 'lost a connection to PostgreSQL' }));
  });

  it('survives the loss of a connection that a transaction holds between two queries', async () => {
    const client = await pool.connect();
    await client.query('BEGIN');
    await terminate(await pidOf(client));
    await eventually(() => logs.lines.some(({ msg }) => msg === 'lost a connection to PostgreSQL'));
    await expectOutage(client.query('SELECT 1'));
    client.release(true);
    await pingPostgres(pool);
  });

  it('recognises a query that an administrator ended (57P01)', async () => {
    const client = await pool.connect();
    const pid = await pidOf(client);
    const running = failure(client.query('SELECT pg_sleep(30)'));
    await terminate(pid);
    expect(await running).toMatchObject({ code: '57P01' });
    expect(isUnreachable(await running)).toBe(true);
    client.release(true);
  });

  it.each(['SELECT * FROM no_such_table', 'SELEC', 'SELECT 1/0'])('does not take %p for an outage', async (text) => {
    expect(isUnreachable(await failure(pool.query(text)))).toBe(false);
  });
});

leakCheck();
