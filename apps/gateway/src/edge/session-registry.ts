import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { type UserId, userIdSchema } from '../ids.domain.ts';
import { withSessionScripts } from './session-scripts.ts';

const storedSession = z.looseObject({
  userId: userIdSchema,
  createdAt: z.number().int().nonnegative(),
  cookie: z.looseObject({}),
});

export interface SessionEntry {
  /** What the cookie holds: whoever knows it and the secret is the user. It never leaves the gateway. */
  readonly id: string;
  readonly device: string;
  readonly createdAt: Date;
  readonly lastUsedAt: Date;
}

/** Which sessions a user has. Each call is one step in Redis: there is no session outside the index, whatever dies when. */
export interface SessionRegistry {
  /** Stores a session that did not exist. The user's least recently used ones end where there are more than `most`. */
  begin(session: { id: string; userId: UserId; data: string; seconds: number; device: string }): Promise<void>;
  /**
   * What is stored of the session, or null when there is none. It lives on from now, for the idle time but never past its
   * absolute end, and its use is noted.
   */
  use(id: string): Promise<string | null>;
  /** Ends one session; false when there was none. */
  end(userId: UserId, id: string): Promise<boolean>;
  /** Ends all sessions of the user, but the one with the id `except`; resolves with how many. */
  endAll(userId: UserId, except?: string): Promise<number>;
  /** The user's sessions, the one used last first. */
  list(userId: UserId): Promise<SessionEntry[]>;
}

export interface SessionRegistryOptions {
  redis: Redis;
  prefix: string;
  /** After how long without use a session ends, and with it what is noted about it. */
  idleSeconds: number;
  /** How long after its beginning a session ends, used or not. */
  absoluteMs: number;
  /** Sessions that one user may have. */
  most: number;
  now: () => number;
}

/**
 * The sessions of each user, at `<prefix>:user-sessions:<userId>`, beside the sessions and not in them: a request that
 * notes its use must not write a session that another request changes. Entries of sessions that ran out are dropped
 * when somebody looks, and the whole index goes with the last session.
 */
export function createSessionRegistry(options: SessionRegistryOptions): SessionRegistry {
  const { prefix, idleSeconds, absoluteMs, most, now } = options;
  const redis = withSessionScripts(options.redis);
  const keysOf = (userId: UserId): [string, string, string] => {
    const index = indexKey(prefix, userId);
    return [index, `${index}:devices`, sessionKey(prefix, '')];
  };
  return {
    async begin({ id, userId, data, seconds, device }) {
      const args = [id, data, seconds, now(), device, idleSeconds, most] as const;
      const begun = await redis.atlasSessionBegin(...keysOf(userId), ...args);
      if (begun !== 1) throw new Error('There is a session with this id already.');
    },
    use: (id) =>
      redis.atlasSessionUse(sessionKey(prefix, id), indexKey(prefix, ''), id, now(), idleSeconds, absoluteMs),
    async end(userId, id) {
      return (await redis.atlasSessionEnd(...keysOf(userId), id)) === 1;
    },
    endAll: (userId, except = '') => redis.atlasSessionEndAll(...keysOf(userId), except),
    async list(userId) {
      return entriesOf(await redis.atlasSessionList(...keysOf(userId)));
    },
  };
}

/** Where the sessions of a user are listed. */
function indexKey(prefix: string, userId: UserId | ''): string {
  return `${prefix}:user-sessions:${userId}`;
}

/** Where the session with this id is. */
export function sessionKey(prefix: string, id: string): string {
  return `${prefix}:session:${id}`;
}

/**
 * The name by which a session is shown and ended: 128 bits of the hash of its id, which itself has 192 random bits, so
 * that nobody gets from the name to the cookie.
 */
export function publicSessionId(id: string): string {
  return createHash('sha256').update(id).digest('base64url').slice(0, 22);
}

/** The session that was stored as `text`, or undefined for anything that is none of ours. */
export function parseSession(text: string): z.output<typeof storedSession> | undefined {
  try {
    return storedSession.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function entriesOf(flat: readonly string[]): SessionEntry[] {
  const rows = Array.from({ length: flat.length / 4 }, (_, row) => flat.slice(row * 4, row * 4 + 4));
  return rows.flatMap(([id = '', lastUsedMs, data = '', device]) => {
    const session = parseSession(data);
    if (!session) return [];
    const lastUsedAt = new Date(Number(lastUsedMs));
    return [{ id, device: device || 'unknown device', createdAt: new Date(session.createdAt), lastUsedAt }];
  });
}
