import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { StackError } from '../errors.ts';
import type { ProcessSpec } from '../process/service-process.ts';
import type { PartOptions } from './part-options.ts';

const run = promisify(execFile);
const programs = ['redis-server', 'valkey-server'];

/**
 * Redis as the guarantees need it: append-only file, and no eviction, because a key that marks an effect as done must not
 * vanish. Throws StackError PREREQUISITE_MISSING when there is no server and none can be installed.
 */
export async function prepareRedis(options: PartOptions & { onInstall: (what: string) => void }): Promise<ProcessSpec> {
  const { port, ephemeral } = options;
  const command = (await findRedis()) ?? (await installRedis(options.onInstall));
  const folder = join(options.dataDir, 'redis');
  mkdirSync(folder, { recursive: true });
  return {
    name: 'redis',
    command,
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--daemonize', 'no', '--save', ''],
      ...['--appendonly', 'yes', '--appendfsync', ephemeral ? 'no' : 'everysec', '--maxmemory-policy', 'noeviction'],
      // A crash may have cut the last entry short; everything before it is good.
      ...['--aof-load-truncated', 'yes'],
    ],
    env: { PATH: process.env['PATH'] },
    logFile: options.logFile,
    ready: () => ping(port),
    readyTimeoutMs: 30_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    orphanSignal: 'SIGTERM',
  };
}

async function findRedis(): Promise<string | undefined> {
  for (const program of programs) {
    const found = await run(program, ['--version']).then(
      () => true,
      () => false,
    );
    if (found) return program;
  }
  return undefined;
}

/** Installs Redis where that needs no question: as root on Debian or Ubuntu. */
async function installRedis(onInstall: (what: string) => void): Promise<string> {
  const isRoot = process.getuid?.() === 0;
  const hasApt = await run('apt-get', ['--version']).then(
    () => true,
    () => false,
  );
  if (!hasApt) throw missing('Install redis-server or valkey-server (macOS: brew install redis)');
  if (!isRoot) throw missing('Run: sudo apt-get update && sudo apt-get install -y redis-server');
  onInstall('installing redis-server with apt-get');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    await run('apt-get', ['update', '-qq'], { env });
    await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'], { env });
  } catch (error) {
    throw missing('apt-get could not install it. Run: apt-get update && apt-get install -y redis-server', error);
  }
  const installed = await findRedis();
  if (installed === undefined) throw missing('Run: apt-get update && apt-get install -y redis-server');
  return installed;
}

function missing(advice: string, cause?: unknown): StackError {
  return new StackError('PREREQUISITE_MISSING', `Redis is missing. ${advice}`, { cause });
}

/** Resolves true when Redis answers and has finished loading its file. */
async function ping(port: number): Promise<boolean> {
  const redis = new Redis({
    port,
    host: '127.0.0.1',
    lazyConnect: true,
    retryStrategy: () => null,
    connectTimeout: 1000,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } finally {
    redis.disconnect();
  }
}
