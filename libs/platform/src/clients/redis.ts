import { Redis } from 'ioredis';
import type { Logger } from '../observability/logger.ts';

const LONGEST_RECONNECT_DELAY_MS = 1_000;
const COMMAND_TIMEOUT_MS = 2_000;

/**
 * A Redis client that reconnects for ever (every second at most) and never makes a caller wait for that: a command fails
 * within 2 s while Redis does not answer, with an error that `isUnreachable` recognises. An outage is logged once when it
 * begins and once when it is over. `name` is the connection name that `CLIENT LIST` shows. `onlineOnly: false` keeps commands that are given before the first connection (see waitUntilReady).
 */
export function createRedis(options: {
  url: string;
  logger: Logger;
  name: string;
  enableAutoPipelining?: boolean;
}): Redis {
  const { url, logger, name, enableAutoPipelining = false } = options;
  const redis = new Redis(url, {
    connectionName: name,
    enableAutoPipelining,
    connectTimeout: COMMAND_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    retryStrategy: (attempt) => Math.min(LONGEST_RECONNECT_DELAY_MS, attempt * 50),
  });
  reportOutages(redis, logger, name);
  return redis;
}

// ioredis emits an 'error' per attempt and, without a listener, writes each to stderr.
function reportOutages(redis: Redis, logger: Logger, name: string): void {
  let down = false;
  redis.on('error', (error) => {
    if (down) return;
    down = true;
    logger.warn({ err: error, connection: name }, 'redis does not answer');
  });
  redis.on('ready', () => {
    if (down) logger.info({ connection: name }, 'redis answers again');
    down = false;
  });
}
