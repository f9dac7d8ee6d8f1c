import { type ChangeFeed, createSharedTable, type Entry, VersionConflictError } from '@atlas/shared-state';
import type { Logger } from '@atlas/platform';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { modes, type SliceState } from './mode.domain.ts';
import type { Slice } from './slice.ts';

/** What is decided about a slice; who decided it, when and why is kept beside it. */
const decision = z.object({
  mode: z.enum(modes),
  percent: z.number().nullable(),
  automaticRollback: z.boolean(),
});

type Decision = z.output<typeof decision>;

export interface ModeChange extends Decision {
  readonly reason: string;
  readonly changedBy: string;
}

export interface CurrentModes {
  /** Begins to follow the changes of all replicas. Resolves after the first look, also when Redis does not answer. */
  start(): Promise<void>;
  /** The last known state; before anything is known, the one of the table of slices. Never waits. */
  of(slice: Slice): SliceState;
  /** Throws until the modes have been read once: the replica is not ready. */
  assertKnown(): void;
  /** Changes the mode in every replica; here at once, elsewhere within a second. */
  change(slice: Slice, change: ModeChange): Promise<SliceState>;
  /** The same, but only when nobody has changed the slice since `seen`. Undefined when somebody has. */
  changeFrom(slice: Slice, seen: SliceState, change: ModeChange): Promise<SliceState | undefined>;
  /** The states of a slice, newest first. */
  history(slice: Slice, limit: number): Promise<SliceState[]>;
  stop(): Promise<void>;
}

/** The modes as this replica knows them: a shared table, which stays as it was while Redis is away. */
export function createCurrentModes(deps: {
  redis: Redis;
  changes: ChangeFeed;
  prefix: string;
  logger: Logger;
}): CurrentModes {
  const { logger } = deps;
  const table = createSharedTable({ ...deps, name: 'slices', schema: decision });

  async function put(slice: Slice, change: ModeChange, expectedVersion?: number): Promise<SliceState> {
    const { reason, changedBy: by, ...decided } = change;
    const state = stateOf(await table.put(slice.name, decided, { by, reason, expectedVersion }));
    logger.info({ slice: slice.name, ...decided, reason, by }, 'slice has a new mode');
    return state;
  }

  return {
    start: table.start,
    stop: table.stop,
    of(slice) {
      const entry = table.get(slice.name);
      return entry ? stateOf(entry) : initialState(slice);
    },
    assertKnown() {
      if (table.state() === 'unknown') throw new Error('the modes of the slices have not been read yet');
    },
    change: (slice, change) => put(slice, change),
    async changeFrom(slice, seen, change) {
      try {
        return await put(slice, change, seen.version);
      } catch (error) {
        if (error instanceof VersionConflictError) return undefined;
        throw error;
      }
    },
    history: async (slice, limit) => (await table.history(slice.name, limit)).map(stateOf),
  };
}

function stateOf({ value, version, at, by, reason }: Entry<Decision>): SliceState {
  return { ...value, version, changedAt: at, changedBy: by, reason };
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
