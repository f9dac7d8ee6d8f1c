import { DependencyUnavailableError, type Logger } from '@atlas/platform';
import type { Redis } from 'ioredis';
import { z, type ZodType } from 'zod';
import { deepFreeze, type DeepReadonly } from '../deep-freeze.ts';
import { withCacheScripts } from './cache-scripts.ts';

/** A value and its version, which grows with every change of the source. */
export interface Versioned<T> {
  readonly version: number;
  readonly value: DeepReadonly<T>;
}

export interface VersionedCache<T> {
  /**
   * The value under `id`: from Redis, else from the source, whose answer is then kept. With Redis away the source is
   * asked each time. Frozen to its last corner. Throws what the source throws.
   */
  get(id: string): Promise<Versioned<T>>;
  /**
   * Puts everything older than `version` out of use. Call it in the transaction that writes this version, right before the
   * commit: whoever dies then leaves readers that ask the source, never readers with an old value. Throws
   * DependencyUnavailableError when Redis does not answer, and then the transaction must not commit.
   */
  outdate(id: string, version: number): Promise<void>;
  /** Keeps what was committed; for speed alone, so it never throws. A newer version that is kept already stays. */
  keep(id: string, committed: { version: number; value: T }): Promise<void>;
}

export interface VersionedCacheOptions<T> {
  redis: Redis;
  /** Prefix of all Redis keys: values are at `<prefix>:cache:<name>:<id>`. */
  prefix: string;
  name: string;
  /** Reads what is kept; what it refuses (another version of the code wrote it) is asked from the source. */
  schema: ZodType<T>;
  load: (id: string) => Promise<{ version: number; value: T }>;
  logger: Logger;
  /** How long a value is kept: the bound on what a Redis that lost its newest writes can make us answer. */
  keepMs?: number;
}

/** How long old versions stay out of use when the one that was announced never comes; longer than a transaction lasts. */
const outdatedMs = 60_000;

/**
 * A read-through copy in Redis of small values whose source is a database. Versions decide, not the order of arrival: a
 * slow reader that comes back with an old version cannot put it over a newer one. Nothing is held in the process, and
 * requests do not wait for each other's answers: one that began before a change must not serve one that came after it.
 */
export function createVersionedCache<T>(options: VersionedCacheOptions<T>): VersionedCache<T> {
  const { redis, prefix, name, schema, load, logger, keepMs = 5 * 60_000 } = options;
  const scripts = withCacheScripts(redis);
  const stored = z.object({ version: z.int(), value: z.unknown() });
  const keyOf = (id: string) => `${prefix}:cache:${name}:${id}`;
  const missed = (error: unknown): undefined => {
    logger.debug({ err: error, cache: name }, 'Redis does not answer; the source does');
  };

  const kept = async (id: string): Promise<Versioned<T> | undefined> => {
    const text = await scripts.atlasCacheGet(keyOf(id)).catch(missed);
    if (!text) return undefined;
    const { version, value } = stored.parse(JSON.parse(text));
    const read = schema.safeParse(value);
    return read.success ? frozen({ version, value: read.data }) : undefined;
  };
  const keep = async (id: string, { version, value }: { version: number; value: T }): Promise<void> => {
    const json = JSON.stringify({ version, value });
    await scripts.atlasCacheKeep(keyOf(id), version, json, keepMs).catch(missed);
  };

  return {
    async get(id) {
      const known = await kept(id);
      if (known) return known;
      const fresh = await load(id);
      void keep(id, fresh);
      return frozen(fresh);
    },
    async outdate(id, version) {
      try {
        await scripts.atlasCacheOutdate(keyOf(id), version, outdatedMs);
      } catch (cause) {
        throw new DependencyUnavailableError('Redis', { cause });
      }
    },
    keep,
  };
}

function frozen<T>({ version, value }: { version: number; value: T }): Versioned<T> {
  return Object.freeze({ version, value: deepFreeze(value) });
}
