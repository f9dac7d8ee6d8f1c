import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { ProcessSpec } from '../process/service-process.ts';
import { type DebianProgram, ensureProgram } from './debian-program.ts';
import type { PartOptions } from './part-options.ts';

const server: DebianProgram = {
  name: 'Redis',
  programs: ['redis-server', 'valkey-server'],
  debianPackage: 'redis-server',
  elsewhere: 'Install redis-server or valkey-server (macOS: brew install redis)',
};

/**
 * Redis as the guarantees need it: append-only file, and no eviction, because a key that marks an effect as done must not
 * vanish. Throws StackError PREREQUISITE_MISSING when there is no server and none can be installed.
 */
export async function prepareRedis(options: PartOptions & { onInstall: (what: string) => void }): Promise<ProcessSpec> {
  const { port, ephemeral } = options;
  const command = await ensureProgram(server, options.onInstall);
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
