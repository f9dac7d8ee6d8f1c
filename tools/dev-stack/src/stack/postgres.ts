import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { StackError } from '../errors.ts';
import type { ProcessSpec } from '../process/service-process.ts';
import { asAccount, postgresAccount } from './postgres-account.ts';
import { findPostgresBinaries } from './postgres-binaries.ts';
import type { PartOptions } from './part-options.ts';
import { clearForeignLock } from './postgres-lock.ts';

const user = 'atlas';
const database = 'atlas';

/** Speed before safety: right for data that is deleted at the end of the run. */
const ephemeralSettings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum_naptime=10s'];

const settings = [
  'listen_addresses=127.0.0.1',
  // Many test files, each with its own pools and database, run against one server.
  'max_connections=300',
  // No socket in a folder that is shared by all users of the machine.
  'unix_socket_directories=',
  'log_line_prefix=%m ',
];

/** The URL of the embedded database for a given port and password. */
export function postgresUrl(port: number, password: string, name: string = database): string {
  return `postgres://${user}:${password}@127.0.0.1:${port}/${name}`;
}

/**
 * PostgreSQL from the binaries of an npm package. Makes the cluster when the folder has none; throws StackError when the
 * platform has no binaries. As root the server runs as another account, because PostgreSQL refuses to be root.
 */
export async function preparePostgres(options: PartOptions & { password: string }): Promise<ProcessSpec> {
  const { port, password, ephemeral } = options;
  const binaries = findPostgresBinaries();
  const folder = join(options.dataDir, 'postgres');
  const account = postgresAccount(folder);
  if (!existsSync(folder)) await initialise({ folder, binaries, password, account, ephemeral });
  const values = [...settings, ...(ephemeral ? ephemeralSettings : [])];
  const server = asAccount(account, [folder, binaries.postgres], binaries.postgres, [
    '-D',
    folder,
    '-p',
    String(port),
    ...values.flatMap((value) => ['-c', value]),
  ]);
  return {
    name: 'postgres',
    ...server,
    env: environment(),
    beforeStart: () => clearForeignLock(folder),
    // Backends outlive a killed server for a moment; PostgreSQL rightly refuses to start beside them.
    startAgainAfter: /pre-existing shared memory block|postmaster\.pid" already exists/,
    logFile: options.logFile,
    ready: () => createDatabase(port, password),
    readyTimeoutMs: 30_000,
    // "Fast": ends sessions and writes a checkpoint.
    stopSignal: 'SIGINT',
    stopTimeoutMs: 10_000,
    // "Immediate": ends every backend at once; the next start replays the log.
    orphanSignal: 'SIGQUIT',
  };
}

interface Initialisation {
  folder: string;
  binaries: { initdb: string };
  password: string;
  account: ReturnType<typeof postgresAccount>;
  ephemeral: boolean;
}

/** Makes the cluster beside its place and moves it there: a crash on the way leaves nothing that looks complete. */
async function initialise({ folder, binaries, password, account, ephemeral }: Initialisation): Promise<void> {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  const passwordFile = `${folder}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) for (const path of [unfinished, passwordFile]) chownSync(path, account.uid, account.gid);
  const {
    command,
    args,
    account: runAs,
  } = asAccount(account, [unfinished, binaries.initdb], binaries.initdb, [
    ...['-D', unfinished, '-U', user, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8'],
    // Sorts by code point on every machine, whatever its language.
    ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
    ...(ephemeral ? ['--no-sync'] : []),
  ]);
  try {
    await promisify(execFile)(command, args, { ...runAs, env: environment() });
    renameSync(unfinished, folder);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const message = `postgres could not make its data folder ${folder}.\n${stderr}`;
    throw new StackError('PART_FAILED', message, { cause: error });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], TZ: 'UTC' };
}

/** Resolves true when the server answers and the database exists. */
async function createDatabase(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: postgresUrl(port, password, 'postgres') });
  // A server that is stopped while this connection is open must not end the supervisor.
  client.on('error', () => {});
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${database}`);
    return true;
  } finally {
    await client.end();
  }
}
