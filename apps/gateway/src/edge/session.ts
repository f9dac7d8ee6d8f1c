import { DependencyUnavailableError, type Logger } from '@atlas/platform';
import { RedisStore } from 'connect-redis';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import type { Redis } from 'ioredis';
import type { UserId } from '../ids.domain.ts';

declare module 'express-session' {
  // Nothing else: two requests that write the same session overwrite each other, so what changes is kept elsewhere.
  interface SessionData {
    userId: UserId;
    /** Milliseconds since the epoch, at sign-in. */
    createdAt: number;
  }
}

const idleSeconds = 2 * 60 * 60;
/** A stolen cookie that is kept warm ends some day (OWASP asks for an absolute timeout beside the idle one). */
const absoluteMs = 7 * 24 * 60 * 60 * 1000;

export interface Sessions {
  /** Loads the session that the cookie names. Redis out of reach is a 503, and the cookie stays as it is. */
  middleware: RequestHandler;
  /** Whom the request's session belongs to, or undefined when there is none or it is past its absolute end. */
  userIdOf(req: Request): UserId | undefined;
  /** Starts a session under a new id, so that an id planted before sign-in is worth nothing. It is stored when this resolves. */
  begin(req: Request, userId: UserId): Promise<void>;
  /** Throws DependencyUnavailableError when a session could not be stored now. */
  assertReachable(): Promise<void>;
  /** Ends the request's session; a request that has none is left alone. */
  end(req: Request): Promise<void>;
}

export interface SessionOptions {
  redis: Redis;
  /** Prefix of all Redis keys: sessions are at `<prefix>:session:<id>`. */
  prefix: string;
  /** The first one signs, the others are still accepted. */
  secrets: readonly string[];
  /** Production: `__Host-` cookie, sent over https only. */
  secure: boolean;
  logger: Logger;
  now: () => number;
}

/** Sessions in Redis, 2 hours from the last request, behind the cookie `atlas.sid` that scripts cannot read. */
export function createSessions(options: SessionOptions): Sessions {
  const { secure, now } = options;
  const cookieName = secure ? '__Host-atlas.sid' : 'atlas.sid';
  const load = session({
    name: cookieName,
    secret: [...options.secrets],
    store: createStore(options),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    cookie: { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: idleSeconds * 1000 },
  });
  return {
    middleware: (req, res, next) => load(req, res, (error?: unknown) => next(unavailable(error))),
    userIdOf(req) {
      const { userId, createdAt } = req.session;
      return userId !== undefined && createdAt !== undefined && now() - createdAt < absoluteMs ? userId : undefined;
    },
    async begin(req, userId) {
      await called((done) => req.session.regenerate(done));
      req.session.userId = userId;
      req.session.createdAt = now();
      await called((done) => req.session.save(done));
    },
    async assertReachable() {
      await options.redis.ping().catch((error: unknown) => Promise.reject(unavailable(error)));
    },
    async end(req) {
      await called((done) => req.session.destroy(done));
      req.res?.clearCookie(cookieName, { path: '/', httpOnly: true, sameSite: 'lax', secure });
    },
  };
}

function createStore({ redis, prefix, logger }: SessionOptions): RedisStore {
  const store = new RedisStore({ client: redis, prefix: `${prefix}:session:`, ttl: idleSeconds });
  const touch = store.touch.bind(store);
  // Prolonging is not worth an answer that waits or fails: it runs beside the response. It is EXPIRE, which cannot bring
  // back a session that another request has just ended.
  store.touch = async (id, data, done) => {
    void touch(id, data, (error?: unknown) => {
      if (error) logger.warn({ err: error }, 'session was not prolonged');
    });
    done?.();
  };
  return store;
}

async function called(start: (done: (error?: unknown) => void) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  start((error) => (error ? reject(unavailable(error)) : resolve()));
  await promise;
}

function unavailable(error: unknown): unknown {
  return error instanceof Error ? new DependencyUnavailableError('Redis', { cause: error }) : error;
}
