import type { Logger } from '@atlas/platform';
import type { Redis } from 'ioredis';
import type { Mode, SliceState } from './mode.domain.ts';
import type { ModeStore } from './mode-store.ts';
import type { Slice } from './slice.ts';

export interface ModeChange {
  readonly mode: Mode;
  readonly percent: number | null;
  readonly reason: string;
  readonly changedBy: string;
  readonly automaticRollback: boolean;
}

export interface CurrentModes {
  /** Begins to follow the changes of all replicas. Does not wait for Redis. */
  start(): void;
  /** The last known state; before anything is known, the one of the table of slices. Never waits. */
  of(slice: Slice): SliceState;
  /** Resolves when the modes have been read once since the start, throws before: the replica is not ready. */
  assertKnown(): Promise<void>;
  /** Changes the mode in every replica; here at once, elsewhere in moments. */
  change(slice: Slice, change: ModeChange): Promise<SliceState>;
  /** The same, but only when nobody has changed the slice since `seen`. Undefined when somebody has. */
  changeFrom(slice: Slice, seen: SliceState, change: ModeChange): Promise<SliceState | undefined>;
  stop(): Promise<void>;
}

/** A change is announced to all replicas at once. This is for those whose connection was away in that moment. */
const pollEveryMs = 500;

/**
 * The modes as this replica knows them. Changes come by publish and subscribe, and by asking twice a second, so that
 * every replica follows within one. While Redis is away the last known modes stay.
 */
export function createCurrentModes(deps: {
  redis: Redis;
  store: ModeStore;
  clock: () => Date;
  logger: Logger;
}): CurrentModes {
  const { redis, store, clock, logger } = deps;
  const known = new Map<string, SliceState>();
  let wasRead = false;
  let subscriber: Redis | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let polling = Promise.resolve();

  // Messages and polls overtake each other: only a later change counts.
  function learn(slice: string, state: SliceState): void {
    const before = known.get(slice);
    if (before && before.version >= state.version) return;
    known.set(slice, state);
    logger.info({ slice, mode: state.mode, percent: state.percent, reason: state.reason }, 'slice has a new mode');
  }

  async function poll(): Promise<void> {
    try {
      for (const [slice, state] of await store.read()) learn(slice, state);
      wasRead = true;
    } catch (error) {
      // The client has logged the outage of Redis; this says only that it reached here.
      logger.debug({ err: error }, 'modes of slices were not read');
    }
    if (!stopped) timer = setTimeout(() => void (polling = poll()), pollEveryMs);
  }

  function subscribe(): Redis {
    // ioredis would subscribe again by itself, and leave the failure of that to nobody.
    const connection = redis.duplicate({ autoResubscribe: false });
    // The other connection reports the same outage.
    connection.on('error', () => {});
    connection.on('ready', () => void connection.subscribe(store.channel).catch(() => {}));
    connection.on('message', (_channel: string, message: string) => {
      const change = store.parseAnnouncement(message);
      if (change) learn(change.slice, change.state);
    });
    return connection;
  }

  function of(slice: Slice): SliceState {
    return known.get(slice.name) ?? initialState(slice);
  }

  async function write(slice: Slice, change: ModeChange, seen: SliceState | undefined) {
    const state = { ...change, changedAt: clock().toISOString() };
    const options = { known: (seen ?? of(slice)).version, onlyIfKnown: seen !== undefined };
    const written = await store.write(slice.name, state, options);
    if (written) learn(slice.name, written);
    return written;
  }

  return {
    start() {
      subscriber = subscribe();
      polling = poll();
    },
    of,
    async assertKnown() {
      if (!wasRead) throw new Error('the modes of the slices have not been read yet');
    },
    async change(slice, change) {
      const written = await write(slice, change, undefined);
      if (!written) throw new Error(`an unconditional change of ${slice.name} was refused`);
      return written;
    },
    changeFrom: (slice, seen, change) => write(slice, change, seen),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      subscriber?.disconnect();
      await polling;
    },
  };
}

function initialState({ initialMode }: Slice): SliceState {
  return {
    mode: initialMode,
    percent: null,
    reason: 'as the table of slices says',
    changedBy: 'atlas',
    changedAt: new Date(0).toISOString(),
    version: 0,
    // There is no step that could be taken back.
    automaticRollback: false,
  };
}
