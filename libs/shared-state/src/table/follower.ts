import type { Logger } from '@atlas/platform';
import type { ChangeFeed } from '../change-feed.ts';

/** Whether this replica knows the table: not yet, as it is, or as it was before Redis stopped to answer. */
export type TableState = 'unknown' | 'current' | 'stale';

export interface Follower {
  state(): TableState;
  /** Looks at once; resolves when what it found is known here. An outage is not the caller's: it is logged. */
  lookNow(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Calls `refresh` whenever there may be news: when they are announced, and every `pollMs` for those that were not. */
export function createFollower(options: {
  refresh: () => Promise<void>;
  changes: ChangeFeed;
  channel: string;
  pollMs: number;
  name: string;
  logger: Logger;
  onState: () => void;
}): Follower {
  const { refresh, changes, channel, pollMs, name, logger, onState } = options;
  // atlas-local-ok: how far this replica follows the table in Redis, and that one look is under way at a time
  let state: TableState = 'unknown';
  let running: Promise<void> | undefined;
  /** News came while a look was under way, which may have read before them: it is followed by another one. */
  // atlas-local-ok: a look that is to follow the one under way, in this replica
  let next: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let unsubscribe = () => {};
  let stopped = false;
  // atlas-local-ok: one log line per outage seen by this replica
  let down = false;

  const become = (now: TableState) => {
    if (state === now) return;
    state = now;
    onState();
  };
  const look = async (): Promise<void> => {
    try {
      await refresh();
      if (down) logger.info({ table: name }, 'a shared table can be read again');
      down = false;
      become('current');
    } catch (error) {
      if (!down) logger.warn({ err: error, table: name }, 'a shared table cannot be read; the last known stays');
      down = true;
      if (state === 'current') become('stale');
    }
  };
  const begin = (): Promise<void> => (running = look().finally(() => (running = undefined)));
  const lookNow = (): Promise<void> => {
    if (!running) return begin();
    next ??= running.then(() => {
      next = undefined;
      return running ?? begin();
    });
    return next;
  };
  const poll = () => {
    if (stopped) return;
    timer = setTimeout(() => void lookNow().then(poll), pollMs);
  };

  return {
    state: () => state,
    lookNow,
    async start() {
      unsubscribe = changes.subscribe(channel, () => void lookNow());
      await lookNow();
      poll();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      unsubscribe();
      await (next ?? running);
    },
  };
}
