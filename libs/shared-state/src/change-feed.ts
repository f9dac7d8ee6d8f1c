import { type Logger, pingRedis } from '@atlas/platform';
import type { Redis } from 'ioredis';

export interface ChangeFeed {
  /**
   * Calls `onNews` when a message arrives at `channel`, and whenever one may have been missed: pub/sub keeps nothing, so
   * after each (re)connect everybody has to look. Returns how to end it. Before `start` or after it, both is right.
   */
  subscribe(channel: string, onNews: () => void): () => void;
  /** Opens the connection and returns at once; an outage is repaired by itself. */
  start(): void;
  /** Closes the connection. Nobody is called any more. */
  stop(): void;
}

export interface ChangeFeedOptions {
  /** Its settings are used for a connection of its own: one that subscribes can do nothing else. */
  redis: Redis;
  logger: Logger;
  /** How often the connection is tested. A peer that went away without a word is noticed in no other way. */
  pingEveryMs?: number;
}

/** One connection to Redis that listens for everything that this process follows. */
export function createChangeFeed({ redis, logger, pingEveryMs = 5_000 }: ChangeFeedOptions): ChangeFeed {
  // atlas-local-ok: who in this process wants to know; the news come from Redis to every replica
  const listeners = new Map<string, Set<() => void>>();
  let connection: Redis | undefined;
  let pings: NodeJS.Timeout | undefined;

  const tell = (channel: string) => {
    for (const listener of listeners.get(channel) ?? []) listener();
  };
  const listen = async (channels: readonly string[]) => {
    if (connection?.status !== 'ready' || channels.length === 0) return;
    try {
      await connection.subscribe(...channels);
      channels.forEach(tell);
    } catch (error) {
      // The connection was lost; the next one subscribes again. Until then who follows polls.
      logger.debug({ err: error }, 'could not subscribe to changes');
    }
  };

  return {
    subscribe(channel, onNews) {
      const known = listeners.get(channel);
      const mine = known ?? new Set();
      mine.add(onNews);
      if (!known) {
        listeners.set(channel, mine);
        void listen([channel]);
      }
      return () => void mine.delete(onNews);
    },
    start() {
      if (connection) return;
      connection = redis.duplicate({ autoResubscribe: false, lazyConnect: true });
      const own = connection;
      // The outage itself is reported by the connection that everything else uses.
      own.on('error', () => {});
      own.on('ready', () => void listen([...listeners.keys()]));
      own.on('message', tell);
      own.connect().catch(() => {});
      pings = setInterval(() => {
        if (own.status === 'ready') void pingRedis(own).catch(() => {});
      }, pingEveryMs);
    },
    stop() {
      clearInterval(pings);
      listeners.clear();
      connection?.disconnect();
    },
  };
}
