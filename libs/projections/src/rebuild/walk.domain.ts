import type { Build } from '../control/control.domain.ts';

/** Where a reader of one part of the journal is: after this item, or at its end. */
export interface SegmentState {
  readonly after?: { readonly pk: string; readonly sk: string };
  readonly done: boolean;
}

/** A walk through the journal for one build, as it is kept: whoever takes it over goes on from here. */
export interface Walk {
  readonly build: Build;
  /** The time that the build was asked for, of which this is the walk: see `ProjectionControl`. */
  readonly registration: number;
  /** Whether it began when no process could be without knowledge of the build any more. All do; those of before may not have. */
  readonly settled: boolean;
  /** Counts from 1. One is enough, unless the build refuses events meanwhile. */
  readonly pass: number;
  readonly segments: readonly SegmentState[];
  /** How often the build had refused an event that live consumers acknowledged, before this pass: see `Refusals`. */
  readonly refusals: number;
  /** Events that this pass has read, of about how many. */
  readonly scanned: number;
  readonly total: number;
  /** Events that this pass could not apply. */
  readonly failed: number;
  /** Marks that all passes have set. */
  readonly applied: number;
  /** Timestamp of the newest event that was read, of whatever build counted it. */
  readonly newestEventAt?: string;
}

/** What came of one page of the journal. */
export interface PageOutcome {
  readonly scanned: number;
  readonly applied: number;
  readonly failed: number;
  readonly newestEventAt?: string | undefined;
  readonly next: { readonly pk: string; readonly sk: string } | undefined;
}

/** The state before the first page of a walk. Every process must know of the build by then; `refusals` was asked for after that. */
export function beginWalk(
  { build, registration }: Pick<Walk, 'build' | 'registration'>,
  { total, refusals, segments }: Pick<Walk, 'total' | 'refusals'> & { readonly segments: number },
): Walk {
  const nothing = { pass: 1, scanned: 0, failed: 0, applied: 0 };
  return { build, registration, settled: true, ...nothing, total, refusals, segments: unread(segments) };
}

/** The state before the first page of another pass through everything, by which the build has refused so many events. */
export function nextPass(walk: Walk, refusals: number): Walk {
  const segments = unread(walk.segments.length);
  return { ...walk, pass: walk.pass + 1, segments, refusals, total: walk.scanned, scanned: 0, failed: 0 };
}

const unread = (segments: number): SegmentState[] => Array.from({ length: segments }, () => ({ done: false }));

/** The state after a page of the segment has been applied. */
export function afterPage(walk: Walk, segment: number, page: PageOutcome): Walk {
  const state: SegmentState = page.next ? { after: page.next, done: false } : { done: true };
  const newest = [walk.newestEventAt, page.newestEventAt]
    .filter((at) => at !== undefined)
    .sort()
    .at(-1);
  return {
    ...walk,
    segments: walk.segments.map((other, index) => (index === segment ? state : other)),
    scanned: walk.scanned + page.scanned,
    failed: walk.failed + page.failed,
    applied: walk.applied + page.applied,
    ...(newest === undefined ? {} : { newestEventAt: newest }),
  };
}

export const isPassOver = (walk: Walk): boolean => walk.segments.every(({ done }) => done);

/**
 * Whether readers may be given the build, if it has refused no more than `refusals`: the journal was read to its end and applied, by a reading that began when
 * every process already applied the build by itself. So whatever was acknowledged before is in, and whatever comes is added by who receives it.
 */
export const isComplete = (walk: Walk): boolean => isPassOver(walk) && walk.failed === 0;

/** How far a walk is, for people. */
export interface WalkProgress {
  readonly build: Build;
  readonly pass: number;
  readonly scanned: number;
  /** Never less than `scanned`: the journal grows while it is read, and DynamoDB only estimates how many items a table has. */
  readonly total: number;
  readonly applied: number;
  readonly perSecond?: number;
  readonly etaSeconds?: number;
}

/** The progress of a walk of which `walked` events took `elapsedMs`; no estimate before there is something to estimate from. */
export function progressOf(walk: Walk, walked: number, elapsedMs: number): WalkProgress {
  const { build, pass, scanned, applied } = walk;
  const total = isPassOver(walk) ? scanned : Math.max(walk.total, scanned);
  const progress = { build, pass, scanned, total, applied };
  if (walked <= 0 || elapsedMs < 200) return progress;
  const perSecond = (walked * 1000) / elapsedMs;
  // More than there should be: nobody knows how many are to come. DynamoDB counts a table every six hours only.
  if (total === scanned && !isPassOver(walk)) return { ...progress, perSecond: Math.round(perSecond) };
  return { ...progress, perSecond: Math.round(perSecond), etaSeconds: Math.ceil((total - scanned) / perSecond) };
}
