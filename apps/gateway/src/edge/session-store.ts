import type { Logger } from '@atlas/platform';
import { RedisStore } from 'connect-redis';
import type { SessionData } from 'express-session';
import type { Redis } from 'ioredis';
import { parseSession, sessionKey, type SessionRegistry } from './session-registry.ts';

export interface SessionStoreOptions {
  redis: Redis;
  prefix: string;
  registry: SessionRegistry;
  /** How long the session may live from now on, in whole seconds; 0 or less when it is over. */
  secondsLeft: (session: SessionData) => number;
  logger: Logger;
}

/**
 * The store of connect-redis, with three differences. It only writes sessions that exist (`SET … XX`), so that a request in
 * flight never brings back one that another request has just ended; new ones are the registry's to store. Prolonging
 * does not hold up the answer. And what is stored but is no session of ours is no session, instead of an error.
 */
export function createSessionStore(options: SessionStoreOptions): RedisStore {
  const { redis, prefix, registry, secondsLeft, logger } = options;
  const store = new RedisStore({
    client: onlyUpdates(redis),
    prefix: sessionKey(prefix, ''),
    ttl: secondsLeft,
    serializer: {
      stringify: (session) => JSON.stringify(session),
      // For null express-session begins an empty session, as for a cookie that names none; its types do not say so.
      parse: (text) => (parseSession(text) ?? null) as unknown as SessionData,
    },
  });
  store.touch = async (id, session, done) => {
    const { userId } = session;
    const seconds = secondsLeft(session);
    if (userId !== undefined && seconds > 0) {
      registry.prolong({ id, userId, seconds }).catch((error: unknown) => {
        logger.warn({ err: error }, 'session was not prolonged');
      });
    }
    done?.();
  };
  return store;
}

/** What connect-redis needs of a client, where `set` writes only what is there. */
function onlyUpdates(redis: Redis) {
  return {
    get: (key: string) => redis.get(key),
    set: (key: string, value: string, _unit: 'EX', seconds: number) => redis.set(key, value, 'EX', seconds, 'XX'),
    del: (keys: string[]) => redis.del(keys),
  };
}
