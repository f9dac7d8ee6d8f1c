import { isUnreachable, type Probe } from '@atlas/platform';
import type { ProjectionWriter } from '../apply/projection-writer.ts';
import { pauseAfter } from '../backoff.ts';
import type { ControlStore } from '../control/control-store.ts';
import type { Refusals } from '../control/refusals.ts';
import { BuildFailedError } from '../errors.ts';
import type { Projection } from '../projection.domain.ts';
import type { JournalScan } from './journal-scan.ts';
import { pause } from './pause.ts';
import { fateOf } from './fate.domain.ts';
import { afterPage, nextPass, progressOf, type Walk, type WalkProgress } from './walk.domain.ts';
import type { WalkStore } from './walk-store.ts';
import type { WalkTiming } from './walk-timing.ts';

/** How many parts of the journal are read and applied at once. */
const READERS = 4;
/** How long a store that does not answer is left alone. */
const backoff = { firstMs: 200, longestMs: 5_000 };

/** What a pass needs; the same for every pass of a walk. */
export interface PassContext {
  readonly projection: Projection;
  readonly isRollback: boolean;
  readonly holder: string;
  readonly control: ControlStore;
  readonly writer: Pick<ProjectionWriter, 'applyEntries'>;
  readonly journal: JournalScan;
  readonly walks: WalkStore;
  readonly refusals: Pick<Refusals, 'count'>;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
  readonly probe: Probe;
  readonly timing: WalkTiming;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: WalkProgress) => void) | undefined;
}

/** Why a walk ended before its end. */
export type Ended = 'lost' | 'interrupted' | 'switched' | 'cancelled';

interface Failure {
  readonly id: string;
  readonly error: unknown;
}

/**
 * Applies what is missing, from where the pass was left to the end of the journal. Answers the walk after the pass, saved; or why it ended
 * early. Throws BuildFailedError at the end of a pass in which events could not be applied.
 */
export async function walkPass(context: PassContext, from: Walk): Promise<Walk | Ended> {
  const { walks, holder, now, probe, timing, signal } = context;
  const failures: Failure[] = [];
  const begun = now();
  let walk = from;
  let ended: Ended | 'broken' | undefined;
  let savedAt = begun;
  let saving: Promise<void> | undefined;

  const save = async (): Promise<void> => {
    savedAt = now();
    const told = walk;
    const [kept, control] = await Promise.all([walks.save(holder, told), context.control.read()]);
    await probe('rebuild.saved');
    ended ??= kept ? fateOf(control, told) : 'lost';
    context.onProgress?.(progressOf(told, told.scanned - from.scanned, savedAt - begun));
  };
  const waiting = walk.segments.flatMap(({ done }, segment) => (done ? [] : [segment]));
  const read = async (): Promise<void> => {
    for (let segment = waiting.shift(); segment !== undefined; segment = waiting.shift()) {
      while (!ended && !walk.segments[segment]!.done) {
        const { page, failed, applied } = await takePage(context, walk, segment);
        failures.push(...failed);
        walk = afterPage(walk, segment, { ...page, applied, failed: failed.length });
        await probe('rebuild.page-applied');
        if (signal?.aborted) ended ??= 'interrupted';
        // One save at a time, and readers wait for it: nobody runs ahead of what is kept for longer than a page.
        if (now() - savedAt >= timing.saveMs) await (saving ??= save().finally(() => (saving = undefined)));
      }
    }
  };
  const readers = Array.from({ length: READERS }, () =>
    read().catch((error: unknown) => {
      ended ??= 'broken';
      throw error;
    }),
  );
  for (const outcome of await Promise.allSettled(readers)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
  if (!ended) await save();
  // Whoever wants to go on, or to drop what was cancelled, need not wait.
  if (ended === 'interrupted' || ended === 'cancelled') await walks.release(holder, walk);
  if (ended) return ended as Ended;
  if (walk.failed > 0) {
    // The next walk looks at all of them again: they may have been mended.
    await walks.release(holder, nextPass(walk, walk.refusals));
    throw new BuildFailedError(walk.build, walk.failed, failures);
  }
  await probe('rebuild.pass-walked');
  return walk;
}

async function takePage(context: PassContext, { build, segments, pass }: Walk, segment: number) {
  const { projection, journal, writer } = context;
  const request = { segment, segments: segments.length, after: segments[segment]!.after, events: projection.events };
  const page = await patiently(context, () => journal.page({ ...request, lacks: build }));
  // A new build has counted next to nothing before it is walked for the first time, and nearly everything afterwards.
  const how = pass === 1 && !context.isRollback ? 'try' : 'ask';
  let applied = 0;
  const failed = await patiently(context, async (): Promise<readonly Failure[]> => {
    if (page.entries.length === 0) return [];
    const report = await writer.applyEntries(page.entries, [build], how);
    applied += report.applied;
    // A store that is away fails events one by one, which says nothing about them.
    const away = report.failed.find(({ error }) => isUnreachable(error));
    if (away) throw away.error;
    return report.failed;
  });
  return { page, failed: [...page.unreadable, ...failed], applied };
}

/** Asks a store that does not answer again; throws its last error when it has been away for too long. */
async function patiently<T>({ now, timing, signal }: PassContext, run: () => Promise<T>): Promise<T> {
  const since = now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (!isUnreachable(error) || now() - since > timing.outageMs) throw error;
      if (!(await pause(pauseAfter(attempt, backoff), signal))) throw error;
    }
  }
}
