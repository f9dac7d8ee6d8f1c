import type { Build } from '../control/control.domain.ts';

/** Where a reader of one part of the journal is: after this item, or at its end. */
export interface SegmentState {
  readonly after?: { readonly pk: string; readonly sk: string };
  readonly done: boolean;
  /**
   * Whether its first page was asked for when no process could be without knowledge of the build any more. Then one reading is enough: what was committed before it is
   * seen by it, and what is committed later has the mark. Who takes the walk over may trust that, and nothing that its own clock says of the reading of another.
   */
  readonly settled: boolean;
  /** Events that were read in it. */
  readonly scanned: number;
}

/** A walk through the journal for one build, as it is kept: whoever takes it over goes on from here. */
export interface Walk {
  readonly build: Build;
  /** The time that the build was asked for, of which this is the walk: see `ProjectionControl`. */
  readonly registration: number;
  /** Counts from 1. After the first one, only those segments are read again that are not settled. */
  readonly pass: number;
  readonly segments: readonly SegmentState[];
  /** How often the build had refused an event that live consumers acknowledged, before any segment was read that is not to be read again: see `Refusals`. */
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
  /** Whether everybody knew of the build when the page was asked for. */
  readonly settled: boolean;
  readonly scanned: number;
  readonly applied: number;
  readonly failed: number;
  readonly newestEventAt?: string | undefined;
  readonly next: { readonly pk: string; readonly sk: string } | undefined;
}

const unread: SegmentState = { done: false, settled: false, scanned: 0 };

/** The state before the first page of a walk: `refusals` was asked for before. */
export function beginWalk(
  { build, registration }: Pick<Walk, 'build' | 'registration'>,
  { total, refusals, segments }: Pick<Walk, 'total' | 'refusals'> & { readonly segments: number },
): Walk {
  const begun = { build, registration, pass: 1, total, refusals, scanned: 0, failed: 0, applied: 0 };
  return { ...begun, segments: Array.from({ length: segments }, () => unread) };
}

/**
 * The state before the first page of the next pass, for which it was asked how often the build has refused an event by now. As long as that is what it was, settled
 * segments need no further reading; once it has grown, any of them may have the event that was refused.
 */
export function nextPass(walk: Walk, refusals: number): Walk {
  return passOver(walk, refusals, refusals === walk.refusals ? ({ done, settled }) => done && settled : () => false);
}

/** The state before a pass through everything, after one that could not apply an event: it may be mended by then, wherever it is. */
export const passAgain = (walk: Walk): Walk => passOver(walk, walk.refusals, () => false);

function passOver(walk: Walk, refusals: number, isKept: (segment: SegmentState) => boolean): Walk {
  const total = walk.segments.reduce((sum, segment) => (isKept(segment) ? sum : sum + segment.scanned), 0);
  const segments = walk.segments.map((segment) => (isKept(segment) ? segment : unread));
  return { ...walk, pass: walk.pass + 1, segments, refusals, total, scanned: 0, failed: 0 };
}

/** The state after a page of the segment has been applied. */
export function afterPage(walk: Walk, segment: number, page: PageOutcome): Walk {
  const before = walk.segments[segment]!;
  const state: SegmentState = {
    ...(page.next ? { after: page.next, done: false } : { done: true }),
    // The first page decides: the others are asked for later still.
    settled: before.after === undefined ? page.settled : before.settled,
    scanned: before.scanned + page.scanned,
  };
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
 * Whether readers may be given the build, if it has refused no more than `refusals`: every part of the journal was read to its end and applied by a reading that began when
 * every process already applied the build by itself. So whatever was acknowledged before is in, and whatever comes is added by who receives it.
 */
export const isComplete = (walk: Walk): boolean =>
  walk.failed === 0 && walk.segments.every(({ done, settled }) => done && settled);

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
