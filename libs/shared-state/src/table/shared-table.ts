import { DependencyUnavailableError, type Logger } from '@atlas/platform';
import type { Redis } from 'ioredis';
import type { ZodType } from 'zod';
import type { ChangeFeed } from '../change-feed.ts';
import { VersionConflictError } from '../errors.ts';
import { type Entry, readEntry } from './entry.ts';
import { createFollower, type TableState } from './follower.ts';
import { withTableScripts } from './table-scripts.ts';

/** Who changes something, and why: both are kept with the change. */
export interface Change {
  readonly by: string;
  readonly reason: string;
  /** The version that the change is based on; 0 is "not there yet". Without it the last one to write wins. */
  readonly expectedVersion?: number | undefined;
}

export interface SharedTable<T> {
  /** What this replica knows; at most a second old while Redis answers, and the last known while it does not. */
  get(key: string): Entry<T> | undefined;
  list(): readonly Entry<T>[];
  state(): TableState;
  /**
   * Writes a row, its history and its announcement in one step; resolves when this replica knows it, and within a second
   * all others do. Throws VersionConflictError, and DependencyUnavailableError when it may not have been written.
   */
  put(key: string, value: T, change: Change): Promise<Entry<T>>;
  /** The versions of a row, newest first, at most the last 1,000. Throws DependencyUnavailableError. */
  history(key: string, limit?: number): Promise<Entry<T>[]>;
  /** Calls back with the keys that have changed, and with none when only the state has. Returns how to end it. */
  onChange(listener: (keys: readonly string[]) => void): () => void;
  /** Reads the table and begins to follow it. Resolves after the first try, also when Redis does not answer. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface SharedTableOptions<T> {
  redis: Redis;
  changes: ChangeFeed;
  /** Prefix of all Redis keys: the table is at `<prefix>:shared:<name>`. */
  prefix: string;
  name: string;
  /** Reads a value. A row that it refuses (a newer version wrote it) is logged, and the last one that was readable stays. */
  schema: ZodType<T>;
  logger: Logger;
  /** The safety net under the announcements; below a second, so that the promise holds without them. */
  pollMs?: number;
}

const keptVersions = 1_000;

/**
 * A small table in Redis that every replica holds a copy of: for what an operator changes and every request reads. Reading
 * is a look into memory, frozen so that no request can change it for the others.
 */
export function createSharedTable<T>(options: SharedTableOptions<T>): SharedTable<T> {
  const { redis, changes, prefix, name, schema, logger, pollMs = 750 } = options;
  const scripts = withTableScripts(redis);
  const rowsKey = `${prefix}:shared:${name}`;
  const revisionKey = `${rowsKey}:revision`;
  const historyKey = (key: string) => `${rowsKey}:history:${key}`;
  // atlas-local-ok: a copy of the table in Redis that follows its revision within a second (ADR 10); a change reaches every replica
  const listeners = new Set<(keys: readonly string[]) => void>();
  let rows: ReadonlyMap<string, Entry<T>> = new Map();
  let revision = '';

  const tell = (keys: readonly string[]) => {
    for (const listener of listeners) listener(keys);
  };
  const entryOf = (text: string): Entry<T> | undefined => {
    try {
      return readEntry(schema, text);
    } catch (error) {
      logger.error({ err: error, table: name }, 'a row of a shared table cannot be read; the last readable one stays');
      return undefined;
    }
  };
  const refresh = async (): Promise<void> => {
    const answer = await scripts.atlasTableRead(rowsKey, revisionKey, revision);
    if (!answer) return;
    const [newRevision, fields] = answer;
    if (Number(newRevision) < Number(revision)) {
      logger.error(
        { table: name, from: revision, to: newRevision },
        'a shared table went back in time: Redis lost data',
      );
    }
    const before = rows;
    const after = new Map<string, Entry<T>>();
    for (let at = 0; at < fields.length; at += 2) {
      const entry = entryOf(fields[at + 1]!) ?? before.get(fields[at]!);
      if (entry) after.set(entry.key, entry);
    }
    rows = after;
    revision = newRevision;
    const keys = new Set([...before.keys(), ...after.keys()]);
    const changed = [...keys].filter((key) => before.get(key)?.version !== after.get(key)?.version);
    if (changed.length > 0) tell(changed);
  };
  const follower = createFollower({
    refresh,
    changes,
    channel: rowsKey,
    pollMs,
    name,
    logger,
    onState: () => tell([]),
  });

  return {
    get: (key) => rows.get(key),
    list: () => [...rows.values()],
    state: follower.state,
    async put(key, value, { by, reason, expectedVersion }) {
      const args = [key, rowsKey, expectedVersion ?? -1, JSON.stringify(value), by, reason, keptVersions];
      const [written, answer] = await answered(scripts.atlasTablePut(rowsKey, revisionKey, historyKey(key), ...args));
      if (!written) throw new VersionConflictError(key, expectedVersion ?? 0, answer as number);
      await follower.lookNow();
      return readEntry(schema, answer as string);
    },
    async history(key, limit = keptVersions) {
      const texts = await answered(redis.lrange(historyKey(key), 0, Math.max(1, limit) - 1));
      return texts.flatMap((text) => entryOf(text) ?? []);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start: follower.start,
    stop: follower.stop,
  };
}

async function answered<R>(reply: Promise<R>): Promise<R> {
  try {
    return await reply;
  } catch (cause) {
    throw new DependencyUnavailableError('Redis', { cause });
  }
}
