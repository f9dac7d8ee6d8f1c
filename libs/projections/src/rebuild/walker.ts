import type { Build } from '../control/control.domain.ts';
import type { ControlStore } from '../control/control-store.ts';
import type { Projection } from '../projection.domain.ts';
import { fateOf } from './fate.domain.ts';
import { pause } from './pause.ts';
import { type Ended, type PassContext, walkPass } from './walk-pass.ts';
import { beginWalk, isComplete, nextPass, progressOf, type Walk, type WalkProgress } from './walk.domain.ts';
import { isWalked } from './is-walked.ts';
import { type WalkTiming, walkTiming } from './walk-timing.ts';

/** Parts of the journal: many more than are read at once, because they are of unequal size. */
const SEGMENTS = 16;

export interface WalkerDeps extends Pick<PassContext, 'writer' | 'journal' | 'walks' | 'refusals' | 'now' | 'probe'> {
  readonly control: ControlStore;
  /** Names a walker; two must never have the same name. */
  readonly newId: () => string;
  readonly timing?: Partial<WalkTiming> | undefined;
}

export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: WalkProgress & { readonly walking: 'here' | 'elsewhere' }) => void) | undefined;
}

/** `complete`: everything is in, and the walk is still held by `holder`. `switched`: somebody else has brought it to its end. */
export type WalkResult =
  | { readonly outcome: 'complete'; readonly walk: Walk; readonly holder: string }
  | { readonly outcome: 'switched' | 'cancelled' | 'interrupted' };

export interface WalkTask {
  readonly projection: Projection;
  readonly build: Build;
  readonly registration: number;
  /** Whether the build was live before, so that it has counted nearly everything. */
  readonly isRollback: boolean;
}

/**
 * Walks through the journal until a build has everything, from when every process knows of it. It goes on where an earlier walk was ended or
 * killed, and only watches while another process walks. Throws BuildFailedError when there are events that cannot be applied.
 */
export function createWalker(deps: WalkerDeps) {
  const timing = { ...walkTiming, ...deps.timing };

  return async function walkTo(task: WalkTask, { signal, onProgress }: WalkOptions = {}): Promise<WalkResult> {
    const holder = deps.newId();
    const here = (progress: WalkProgress) => onProgress?.({ ...progress, walking: 'here' });
    const { projection, isRollback } = task;
    for (;;) {
      const fate = fateOf(await deps.control.read(), task);
      if (fate) return { outcome: fate };
      // From now on: the build was registered before this, whenever that was.
      const since = deps.now();
      const context = { ...deps, timing, projection, isRollback, holder, signal, onProgress: here };
      const seen = await deps.walks.read(task.build);
      const ours = seen?.walk.registration === task.registration ? seen : undefined;
      if (ours?.holder !== undefined) onProgress?.({ ...progressOf(ours.walk, 0, 0), walking: 'elsewhere' });
      const taken = await isWalked(context, ours);
      if (signal?.aborted) return { outcome: 'interrupted' };
      if (taken) continue;
      // What is begun now is read when every process knows of the build, and so is what is gone on with.
      while (!ours?.walk.settled && deps.now() - since <= timing.unawareMs) {
        if (!(await pause(Math.min(timing.saveMs, timing.unawareMs), signal))) return { outcome: 'interrupted' };
      }
      const start = async () => ({
        ...{ segments: SEGMENTS, refusals: await deps.refusals.count(task.build) },
        total: await deps.journal.estimate(),
      });
      const walk = ours?.walk.settled ? ours.walk : beginWalk(task, await start());
      if (!(await deps.walks.claim(seen, holder, walk))) continue;
      await deps.probe('rebuild.claimed');
      const walked = await walkPasses(context, walk);
      if (typeof walked === 'object') return { outcome: 'complete', walk: walked, holder };
      if (walked !== 'lost') return { outcome: walked };
    }
  };
}

/** Passes until one is complete; the walk after it, or why it ended early. */
async function walkPasses(context: PassContext, from: Walk): Promise<Walk | Ended> {
  const { walks, refusals, holder, probe } = context;
  for (let walk = from; ;) {
    const after = await walkPass(context, walk);
    if (typeof after === 'string') return after;
    // What was refused since is in the journal: the next pass counts it, or says why it cannot be counted.
    const refused = await refusals.count(after.build);
    if (isComplete(after) && refused === after.refusals) return after;
    walk = nextPass(after, refused);
    if (!(await walks.save(holder, walk))) return 'lost';
    await probe('rebuild.pass-begun');
  }
}
