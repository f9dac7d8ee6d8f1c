import type { Logger } from '@atlas/platform';
import type { CurrentModes } from './current-modes.ts';
import type { SliceState } from './mode.domain.ts';
import type { Observations } from './observations.ts';
import { reasonToRollBack } from './rollback.domain.ts';
import type { Slice } from './slice.ts';
import { judgedNumbers } from './slice-numbers.domain.ts';

export interface RollbackWatch {
  start(): void;
  stop(): Promise<void>;
}

/**
 * Judges every slice once per window, and sets one back to the monolith when its numbers are bad for long enough. Every
 * replica judges; all read the same numbers, and the change is made on condition that nobody has made one, so it is made once.
 */
export function createRollbackWatch(deps: {
  slices: readonly Slice[];
  modes: CurrentModes;
  observations: Observations;
  windowMs: number;
  logger: Logger;
}): RollbackWatch {
  const { slices, modes, observations, windowMs, logger } = deps;
  const watched = slices.filter(({ monolith, service }) => monolith && service.url !== undefined);
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let judging = Promise.resolve();

  async function judge(slice: Slice, seen: SliceState): Promise<void> {
    const of = { slice: slice.name, version: seen.version };
    const windows = await observations.windows(of, slice.rollback.windows);
    const why = reasonToRollBack(windows.map(judgedNumbers), slice.rollback);
    if (!why || stopped) return;
    const reason = `Set back from ${nameOf(seen)}: ${why}, in ${slice.rollback.windows} windows of ${windowMs / 1000} s.`;
    const change = { percent: null, reason, changedBy: 'automatic', automaticRollback: true };
    const changed = await modes.changeFrom(slice, seen, { mode: 'monolith', ...change });
    if (changed) logger.error({ slice: slice.name, reason }, 'slice was set back to the monolith');
  }

  async function judgeAll(): Promise<void> {
    for (const slice of watched) {
      const state = modes.of(slice);
      if (state.mode === 'monolith' || !state.automaticRollback) continue;
      await judge(slice, state).catch((error: unknown) => {
        // Without Redis there are no numbers and no change that others would see; it is asked again in a window's time.
        logger.warn({ err: error, slice: slice.name }, 'slice could not be judged');
      });
    }
    if (!stopped) schedule();
  }

  function schedule(): void {
    timer = setTimeout(() => void (judging = judgeAll()), windowMs);
  }

  return {
    start: schedule,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await judging;
    },
  };
}

function nameOf({ mode, percent }: SliceState): string {
  return percent === null ? `"${mode}"` : `"${mode}" (${percent} %)`;
}
