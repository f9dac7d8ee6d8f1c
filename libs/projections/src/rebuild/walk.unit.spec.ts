import { leakCheck } from '@atlas/testing';
import {
  afterPage,
  beginWalk,
  isComplete,
  isPassOver,
  nextPass,
  type PageOutcome,
  passAgain,
  progressOf,
} from './walk.domain.ts';

const begun = beginWalk({ build: 'sales@1.2', registration: 7 }, { total: 100, refusals: 3, segments: 2 });
const page = (about: Partial<PageOutcome> = {}): PageOutcome => ({
  ...{ scanned: 10, applied: 0, failed: 0, next: undefined, settled: false, ...about },
});
const next = { pk: 'TENANT#t#0', sk: 'EVENT#1' };
/** Both segments to their ends. */
const pass = (from = begun, about: Partial<PageOutcome> = {}) =>
  afterPage(afterPage(from, 0, page(about)), 1, page(about));
const unread = { done: false, settled: false, scanned: 0 };

it('is over when every segment is, and each goes on where its page ended', () => {
  const half = afterPage(afterPage(begun, 0, page()), 1, page({ next }));
  expect(half.segments).toEqual([
    { done: true, settled: false, scanned: 10 },
    { after: next, done: false, settled: false, scanned: 10 },
  ]);
  expect([isPassOver(half), isPassOver(pass())]).toEqual([false, true]);
  expect(pass()).toMatchObject({ registration: 7, scanned: 20, pass: 1 });
});

it.each([
  ['of which each began when every process knew of the build', pass(begun, { settled: true }), true],
  ['which added what was missing', pass(begun, { settled: true, applied: 4 }), true],
  ['of which none did', pass(), false],
  ['of which one did not', afterPage(afterPage(begun, 0, page({ settled: true })), 1, page()), false],
  ['of which one has no end yet', afterPage(pass(begun, { settled: true }), 1, page({ settled: true, next })), false],
  ['which could not apply something', pass(begun, { settled: true, failed: 1 }), false],
])('readings %s: complete or not', (_what, walk, complete) => {
  expect(isComplete(walk)).toBe(complete);
});

it('takes the moment of the first page of a segment for the beginning of its reading, not that of a later one', () => {
  const early = afterPage(afterPage(begun, 0, page({ next })), 0, page({ settled: true }));
  expect(early.segments[0]).toEqual({ done: true, settled: false, scanned: 20 });
  const late = afterPage(afterPage(begun, 0, page({ next, settled: true })), 0, page());
  expect(late.segments[0]).toEqual({ done: true, settled: true, scanned: 20 });
});

it('reads only those segments again that are not settled, and counts everything that was applied on', () => {
  const first = afterPage(
    afterPage(begun, 0, page({ applied: 4 })),
    1,
    page({ applied: 2, settled: true, scanned: 7 }),
  );
  const second = nextPass(first, 3);
  expect(second).toMatchObject({ pass: 2, scanned: 0, failed: 0, applied: 6, total: 10, refusals: 3 });
  expect(second.segments).toEqual([unread, first.segments[1]]);
  expect(isComplete(afterPage(second, 0, page({ settled: true, applied: 1 })))).toBe(true);
});

it('reads everything again once the build has refused an event, which may be anywhere', () => {
  const again = nextPass(pass(begun, { settled: true }), 4);
  expect(again).toMatchObject({ pass: 2, total: 20, refusals: 4, segments: [unread, unread] });
  // The number stays that of before the first reading that is still relied on.
  const second = nextPass(afterPage(pass(), 0, page({ settled: true })), 3);
  expect(nextPass(second, 5)).toMatchObject({ refusals: 5, segments: [unread, unread] });
});

it('reads everything again after a pass that could not apply something, and does not forget what it knew of refusals', () => {
  const again = passAgain(pass(begun, { settled: true, failed: 1 }));
  expect(again).toMatchObject({ pass: 2, failed: 0, total: 20, refusals: 3, segments: [unread, unread] });
});

it('keeps the newest timestamp that any page had', () => {
  const timestamps = ['2026-11-22T08:00:00.000Z', undefined, '2026-11-21T08:00:00.000Z'];
  const walk = timestamps.reduce((walked, newestEventAt) => afterPage(walked, 0, page({ newestEventAt })), begun);
  expect(walk.newestEventAt).toBe('2026-11-22T08:00:00.000Z');
});

it('tells how far it is: never beyond the end, and how long it takes only once it knows', () => {
  const half = afterPage(begun, 0, page({ scanned: 50 }));
  expect(progressOf(half, 50, 1_000)).toMatchObject({ scanned: 50, total: 100, perSecond: 50, etaSeconds: 1 });
  expect(progressOf(half, 0, 5_000)).not.toHaveProperty('etaSeconds');
  const beyond = progressOf(afterPage(half, 0, page({ scanned: 70, next })), 120, 1_000);
  expect(beyond).toMatchObject({ scanned: 120, total: 120, perSecond: 120 });
  expect(beyond).not.toHaveProperty('etaSeconds');
  // An estimate that was too high does not keep the end from being the end.
  expect(progressOf(pass(), 20, 1_000)).toMatchObject({ scanned: 20, total: 20, etaSeconds: 0 });
});

leakCheck();
