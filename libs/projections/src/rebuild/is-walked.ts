import { pause } from './pause.ts';
import type { StoredWalk, WalkStore } from './walk-store.ts';
import type { WalkTiming } from './walk-timing.ts';

/**
 * Whether somebody walks. It is found out by watching: who does not save for `abandonedMs` does not walk any more. Also true when the
 * signal came before that is known.
 */
export async function isWalked(
  {
    walks,
    timing,
    now,
    signal,
  }: {
    readonly walks: Pick<WalkStore, 'read'>;
    readonly timing: WalkTiming;
    readonly now: () => number;
    readonly signal?: AbortSignal | undefined;
  },
  seen: StoredWalk | undefined,
): Promise<boolean> {
  if (seen?.holder === undefined) return false;
  const since = now();
  while (now() - since < timing.abandonedMs) {
    if (!(await pause(timing.saveMs, signal))) return true;
    if ((await walks.read(seen.walk.build))?.beat !== seen.beat) return true;
  }
  return false;
}
