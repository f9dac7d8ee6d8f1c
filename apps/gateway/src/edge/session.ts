import type { Request, RequestHandler } from 'express';
import session, { type SessionData } from 'express-session';
import type { Redis } from 'ioredis';
import type { UserId } from '../ids.domain.ts';
import { deviceOf } from './session-device.ts';
import { createSessionRegistry, publicSessionId } from './session-registry.ts';
import { createSessionStore } from './session-store.ts';

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
const absoluteMs = 12 * 60 * 60 * 1000;
/** Far more than a person has; a program that signs in for each call shall not fill Redis. */
const mostPerUser = 1000;

/** A session as its user may see it. */
export interface SessionSummary {
  /** Names the session and opens nothing: it is not what the cookie holds. */
  readonly sessionId: string;
  readonly device: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
  /** Whether the request that asks was made with it. */
  readonly current: boolean;
}

/** While Redis is out of reach every method that needs it fails with what `isUnreachable` recognises: a 503 that keeps the cookie. */
export interface Sessions {
  /** The cookie, `atlas.sid`; in production `__Host-atlas.sid`. */
  readonly cookieName: string;
  /** Loads the session that the cookie names; without a cookie nobody is asked. */
  middleware: RequestHandler;
  /** Whom the request's session belongs to, or undefined when there is none or it is past its absolute end. */
  userIdOf(req: Request): UserId | undefined;
  /** Starts a session under a new id, so that an id planted before sign-in is worth nothing. It is stored when this resolves. */
  begin(req: Request, userId: UserId): Promise<void>;
  /** Resolves when a session could be stored now. */
  assertReachable(): Promise<void>;
  /** Ends the request's session and takes the cookie back; a request that has none is left alone. */
  end(req: Request): Promise<void>;
  /** The sessions of the user, the one used last first. */
  list(req: Request, userId: UserId): Promise<SessionSummary[]>;
  /** Ends the session of the user that `list` calls `sessionId`; false when there is none. */
  endOne(req: Request, userId: UserId, sessionId: string): Promise<boolean>;
  /** Ends all sessions of the user, that of the request among them. */
  endAll(req: Request, userId: UserId): Promise<void>;
  /** Ends all sessions of the user but that of the request. */
  endOthers(req: Request, userId: UserId): Promise<void>;
}

export interface SessionOptions {
  redis: Redis;
  /** Prefix of all Redis keys: sessions are at `<prefix>:session:<id>`. */
  prefix: string;
  /** The first one signs, the others are still accepted. */
  secrets: readonly string[];
  /** Production: `__Host-` cookie, sent over https only. */
  secure: boolean;
  now: () => number;
}

/** Sessions in Redis, 2 hours from the last request and 12 in all, behind a cookie that scripts cannot read. */
export function createSessions(options: SessionOptions): Sessions {
  const { redis, prefix, secure, now } = options;
  const cookieName = secure ? '__Host-atlas.sid' : 'atlas.sid';
  const cookie = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;
  const secondsLeft = ({ createdAt }: Partial<SessionData>) =>
    Math.min(idleSeconds, Math.ceil(((createdAt ?? -Infinity) + absoluteMs - now()) / 1000));
  const registry = createSessionRegistry({ redis, prefix, idleSeconds, absoluteMs, most: mostPerUser, now });
  const load = session({
    name: cookieName,
    secret: [...options.secrets],
    store: createSessionStore({ redis, prefix, registry, secondsLeft }),
    resave: false,
    saveUninitialized: false,
    // The cookie is sent at sign-in and says no end of its own: Redis knows when the session is over. Only while secrets are rotated
    // every answer sends it again, signed with the first one.
    rolling: options.secrets.length > 1,
    cookie,
  });

  async function begin(req: Request, userId: UserId): Promise<void> {
    const replaced = req.session.userId;
    if (replaced !== undefined) await registry.end(replaced, req.sessionID);
    await called((done) => req.session.regenerate(done));
    Object.assign(req.session, { userId, createdAt: now() });
    await registry.begin({
      id: req.sessionID,
      userId,
      data: JSON.stringify(req.session),
      seconds: secondsLeft(req.session),
      device: deviceOf(req.get('user-agent')),
    });
  }

  async function end(req: Request): Promise<void> {
    const { userId } = req.session;
    if (userId !== undefined) await registry.end(userId, req.sessionID);
    await called((done) => req.session.destroy(done));
    req.res?.clearCookie(cookieName, cookie);
  }

  return {
    cookieName,
    middleware: load,
    userIdOf({ session: data }) {
      return data.userId !== undefined && secondsLeft(data) > 0 ? data.userId : undefined;
    },
    begin: (req, userId) =>
      begin(req, userId).catch((error: unknown) => {
        // Otherwise express-session sends the cookie of a session that does not exist, in place of one that may.
        delete (req as Partial<Request>).session;
        throw error;
      }),
    async assertReachable() {
      await redis.ping();
    },
    end,
    async list(req, userId) {
      const entries = await registry.list(userId);
      return entries.map(({ id, ...entry }) => ({
        ...entry,
        sessionId: publicSessionId(id),
        current: id === req.sessionID,
      }));
    },
    async endOne(req, userId, sessionId) {
      const entry = (await registry.list(userId)).find(({ id }) => publicSessionId(id) === sessionId);
      if (!entry) return false;
      if (entry.id !== req.sessionID) return registry.end(userId, entry.id);
      await end(req);
      return true;
    },
    async endAll(req, userId) {
      await registry.endAll(userId);
      await end(req);
    },
    async endOthers(req, userId) {
      await registry.endAll(userId, req.sessionID);
    },
  };
}

async function called(start: (done: (error?: unknown) => void) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  start((error) => (error ? reject(error as Error) : resolve()));
  await promise;
}
