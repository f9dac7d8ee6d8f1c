import type { Envelope } from '@atlas/event-contracts';
import type { Logger, Metrics } from '@atlas/platform';
import type { Build } from '../control/control.domain.ts';
import type { Progress, ProgressStore } from '../progress.ts';
import type { KnownBuild } from './known-builds.ts';

/** Seconds. Fine around half a second, which is what readers are promised; minutes and hours show an outage or a replay. */
const LAG_BUCKETS = [
  ...[0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30, 60],
  ...[300, 1800, 7200, 86_400],
];

/** What a batch has done to one build. */
export interface Counted {
  /** Events of the build that are in it now, whoever has counted them. */
  readonly present: readonly Envelope[];
  /** Those among them that this batch has counted. */
  readonly fresh: ReadonlySet<Envelope>;
}

/** Tells the world what can be read now. */
export interface Visible {
  /**
   * Notes how late the events that are new were, and how far the build is. Events that were counted before say the latter too: who counted
   * them may have died before. Never rejects: the next batch says it as well.
   */
  note(build: KnownBuild, counted: Counted): Promise<void>;
}

/** Makes the announcer. Without metrics only progress is kept. */
export function createVisible(options: {
  readonly progress: ProgressStore;
  readonly clock: () => Date;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
}): Visible {
  const { progress, clock, logger, metrics } = options;
  const lag = metrics?.histogram(
    'projection_lag_seconds',
    'From the timestamp of an event until its projection could be read with it.',
    ['projection'] as const,
    LAG_BUCKETS,
  );
  const applied = metrics?.counter('projection_events_total', 'Events that a projection has counted.', [
    'projection',
  ] as const);
  // atlas-local-ok: what this replica has written, to save writes that would change nothing; the condition of the write decides
  const written = new Map<Build, string>();
  // atlas-local-ok: writes of this replica that are under way, so that batches which end together write once
  const writing = new Map<Build, { next: Progress | undefined; ended: Promise<void> }>();

  /** Resolves when this, or something newer, is written, or could not be. */
  function keep(build: Build, reached: Progress): Promise<void> {
    const busy = writing.get(build);
    if (busy) {
      if ((busy.next?.newestEventAt ?? '') < reached.newestEventAt) busy.next = reached;
      return busy.ended;
    }
    const state = { next: reached as Progress | undefined, ended: Promise.resolve() };
    writing.set(build, state);
    state.ended = writeAll(build, state);
    return state.ended;
  }

  async function writeAll(build: Build, state: { next: Progress | undefined }): Promise<void> {
    try {
      for (let next = state.next; next; next = state.next) {
        state.next = undefined;
        if ((written.get(build) ?? '') >= next.newestEventAt) continue;
        await progress.write(build, next);
        written.set(build, next.newestEventAt);
      }
    } catch (error) {
      logger.warn({ err: error, build }, 'how far the projection is could not be written; the next batch writes it');
    } finally {
      // At once, so that nobody leaves something with a writer that does not look any more.
      writing.delete(build);
    }
  }

  return {
    async note({ build, projection: { name }, live }, { present, fresh }) {
      const newest = newestOf(present);
      if (newest === undefined) return;
      const now = clock().getTime();
      const lagMsOf = ({ timestamp }: Envelope) => Math.max(0, now - Date.parse(timestamp));
      if (live) {
        for (const event of fresh) lag?.observe({ projection: name }, lagMsOf(event) / 1000);
        applied?.inc({ projection: name }, fresh.size);
      }
      // Not after now: a producer whose clock is ahead would have the last word until its time has come.
      const newestEventAt = new Date(Math.min(now, Date.parse(newest.timestamp))).toISOString();
      await keep(build, { newestEventAt, lagMs: fresh.has(newest) ? lagMsOf(newest) : null });
    },
  };
}

function newestOf(events: readonly Envelope[]): Envelope | undefined {
  let newest: Envelope | undefined;
  for (const event of events) {
    if (newest === undefined || Date.parse(event.timestamp) > Date.parse(newest.timestamp)) newest = event;
  }
  return newest;
}
