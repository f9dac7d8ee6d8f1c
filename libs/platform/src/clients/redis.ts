import { Redis } from 'ioredis';
import { SetupError } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';

const LONGEST_RECONNECT_DELAY_MS = 1_000;
const TIMEOUT_MS = 2_000;

/**
 * A Redis client that reconnects for ever, every second at most, and never makes a caller wait for that: while Redis does
 * not answer, a command fails within 2 s with an error that `isUnreachable` recognises, and is not sent again later by
 * itself. An outage is logged once when it begins and once when it is over. `name` is what `CLIENT LIST` shows;
 * `enableAutoPipelining` sends the commands of one turn of the event loop together.
 */
export function createRedis(options: {
  url: string;
  logger: Logger;
  name: string;
  enableAutoPipelining?: boolean;
}): Redis {
  const { url, logger, name, enableAutoPipelining = false } = options;
  const redis = new Redis(url, {
    enableAutoPipelining,
    connectTimeout: TIMEOUT_MS,
    commandTimeout: TIMEOUT_MS,
    // Everything that waits fails with the connection. Otherwise ioredis repeats after the reconnect what was in flight,
    // also when its caller has given up: a lease would be taken that nobody knows of, a failure counted twice.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // While Redis loads its file, "LOADING" is an answer at once; the ready check would hold commands back and run them
    // after their callers had timed out.
    enableReadyCheck: false,
    // ioredis waits for these commands and then says "ready" without looking whether the connection is still there; one
    // that is accepted and closed at once (a proxy whose Redis is down) would leave the client ready and dead for ever.
    disableClientInfo: true,
    retryStrategy: (attempt) => Math.min(LONGEST_RECONNECT_DELAY_MS, attempt * 50),
  });
  reportOutages(redis, logger, name);
  return redis;
}

/**
 * Resolves when Redis answers; the health check for it. A ping that is lost on a connection that seems open (its peer went
 * away without a word) makes the client open another one, where TCP alone would take a quarter of an hour to notice.
 */
export async function pingRedis(redis: Redis): Promise<void> {
  try {
    await redis.ping();
  } catch (error) {
    if (redis.status === 'ready' && (error as Error).message === 'Command timed out') redis.disconnect(true);
    throw error;
  }
}

/**
 * Throws SetupError when Redis answers that the password is missing or wrong. A Redis that does not answer is an outage: what needs it
 * says so, and begins when it is back.
 */
export async function assertRedisAccess(redis: Redis): Promise<void> {
  try {
    await redis.ping();
  } catch (error) {
    const { message } = error as Error;
    if (!/^(NOAUTH|WRONGPASS|NOPERM)\b/.test(message)) return;
    throw new SetupError(`Redis refuses the connection: ${message} Check REDIS_URL.`, { cause: error });
  }
}

// ioredis emits an 'error' for each attempt and, without a listener, writes each to stderr.
function reportOutages(redis: Redis, logger: Logger, name: string): void {
  // atlas-local-ok: one log line per outage of the connection of this process
  let down = false;
  redis.on('error', (error) => {
    if (down) return;
    down = true;
    logger.warn({ err: error, connection: name }, 'redis does not answer');
  });
  redis.on('close', () => {
    // Already "end" when the connection was closed on purpose.
    if (down || redis.status === 'end') return;
    down = true;
    logger.warn({ connection: name }, 'redis closed the connection');
  });
  // A connection that was ended on purpose is no outage, whatever comes after it.
  redis.on('end', () => {
    down = true;
  });
  const answered = () => {
    if (down) logger.info({ connection: name }, 'redis answers again');
    down = false;
  };
  // Here instead of by `connectionName`, for the reason above. Only an answer shows that there is a Redis ("ready" comes
  // with the connection), and a refusal such as LOADING is one too.
  redis.on('ready', () => {
    redis.client('SETNAME', name).then(answered, (error: Error) => {
      if (error.name === 'ReplyError') answered();
    });
  });
}
