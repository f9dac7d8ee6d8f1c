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
  /** Counts from 1. The journal is read as often as it takes. */
  readonly pass: number;
  /** Whether this pass began when no process could be without knowledge of the build: what it finds complete stays complete. */
  readonly settled: boolean;
  readonly segments: readonly SegmentState[];
  /** How often the build had refused an event that live consumers acknowledged, before this pass: see `Refusals`. */
  readonly refusals: number;
  /** Events that this pass has read, of about how many. */
  readonly scanned: number;
  readonly total: number;
  /** Marks that this pass has set. */
  readonly gaps: number;
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

/** What is known when a pass begins. */
export type PassStart = Pick<Walk, 'settled' | 'total' | 'refusals'>;

/** The state before the first page of a walk. */
export function beginWalk(
  { build, registration }: Pick<Walk, 'build' | 'registration'>,
  at: PassStart & { readonly segments: number },
): Walk {
  return { ...passOf(at), build, registration, pass: 1, applied: 0 };
}

/** The state before the first page of the next pass. */
export function nextPass(walk: Walk, at: PassStart): Walk {
  return { ...walk, ...passOf({ ...at, segments: walk.segments.length }), pass: walk.pass + 1 };
}

function passOf({ settled, total, refusals, segments }: PassStart & { readonly segments: number }) {
  const untouched = Array.from({ length: segments }, () => ({ done: false }));
  return { settled, total, refusals, segments: untouched, scanned: 0, gaps: 0, failed: 0 };
}

/** The state after a page of the segment has been applied. */
export function afterPage(walk: Walk, segment: number, page: PageOutcome): Walk {
  const state: SegmentState = page.next ? { after: page.next, done: false } : { done: true };
  const newest = [walk.newestEventAt, page.newestEventAt]
    .filter((at) => at !== undefined)
    .sort()
    .at(-1);
  return {
    ...walk,
    segments: walk.segments.map((before, index) => (index === segment ? state : before)),
    scanned: walk.scanned + page.scanned,
    gaps: walk.gaps + page.applied,
    failed: walk.failed + page.failed,
    applied: walk.applied + page.applied,
    ...(newest === undefined ? {} : { newestEventAt: newest }),
  };
}

export const isPassOver = (walk: Walk): boolean => walk.segments.every(({ done }) => done);

/**
 * Whether readers may be given the build: a whole pass found nothing to add, and began when every process already applied
 * the build by itself. So whatever was acknowledged before is in, and whatever comes is added by who receives it.
 */
export const isComplete = (walk: Walk): boolean =>
  isPassOver(walk) && walk.settled && walk.gaps === 0 && walk.failed === 0;

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
