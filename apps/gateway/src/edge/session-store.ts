import { RedisStore } from 'connect-redis';
import type { SessionData, Store } from 'express-session';
import type { Redis } from 'ioredis';
import { parseSession, sessionKey, type SessionRegistry } from './session-registry.ts';

export interface SessionStoreOptions {
  redis: Redis;
  prefix: string;
  registry: SessionRegistry;
  /** How long the session may live from now on, in whole seconds; 0 or less when it is over. */
  secondsLeft: (session: SessionData) => number;
}

/**
 * The store of connect-redis, with four differences. It only writes sessions that exist (`SET … XX`), so that a request in
 * flight never brings back one that another request has just ended; new ones are the registry's to store. Reading a session
 * prolongs it, in the same step, so that a request costs one command, and there is no `touch`, for which express-session would hash
 * the session of every request once more. And what is stored but is no session of ours is no
 * session, instead of an error.
 */
export function createSessionStore({ redis, prefix, registry, secondsLeft }: SessionStoreOptions): Store {
  const keysBegin = sessionKey(prefix, '');
  const store = new RedisStore({
    // What connect-redis needs of a client, where `get` prolongs and `set` writes only what is there.
    client: {
      get: (key: string) => registry.use(key.slice(keysBegin.length)),
      set: (key: string, value: string, _unit: 'EX', seconds: number) => redis.set(key, value, 'EX', seconds, 'XX'),
      del: (keys: string[]) => redis.del(keys),
    },
    prefix: keysBegin,
    ttl: secondsLeft,
    serializer: {
      stringify: (session) => JSON.stringify(session),
      // For null express-session begins an empty session, as for a cookie that names none; its types do not say so.
      parse: (text) => (parseSession(text) ?? null) as unknown as SessionData,
    },
  });
  return Object.assign<Store, Pick<Store, 'touch'>>(store, { touch: undefined });
}
