import { leakCheck } from '@atlas/testing';
import { afterPage, beginWalk, isComplete, isPassOver, nextPass, type PageOutcome, progressOf } from './walk.domain.ts';

const begun = beginWalk({ build: 'sales@1.2', registration: 7 }, { total: 100, refusals: 3, segments: 2 });
const page = (about: Partial<PageOutcome> = {}): PageOutcome => ({
  ...{ scanned: 10, applied: 0, failed: 0, next: undefined, ...about },
});
const next = { pk: 'TENANT#t#0', sk: 'EVENT#1' };
/** Both segments to their ends. */
const pass = (from = begun, about: Partial<PageOutcome> = {}) =>
  afterPage(afterPage(from, 0, page(about)), 1, page(about));

it('is over when every segment is, and each goes on where its page ended', () => {
  const half = afterPage(afterPage(begun, 0, page()), 1, page({ next }));
  expect(half.segments).toEqual([{ done: true }, { after: next, done: false }]);
  expect([isPassOver(half), isPassOver(pass())]).toEqual([false, true]);
  expect(pass()).toMatchObject({ registration: 7, scanned: 20, pass: 1 });
});

it.each([
  ['read to the end of every part', pass(), true],
  ['which added what was missing', pass(begun, { applied: 4 }), true],
  ['of which one part has no end yet', afterPage(pass(), 1, page({ next })), false],
  ['which could not apply something', pass(begun, { failed: 1 }), false],
])('a pass %s: complete or not', (_what, walk, complete) => {
  expect(isComplete(walk)).toBe(complete);
});

it('reads everything again once the build has refused an event, which may be anywhere, and counts what was applied on', () => {
  const again = nextPass(pass(begun, { applied: 4, failed: 1 }), 5);
  expect(again).toMatchObject({ pass: 2, scanned: 0, failed: 0, applied: 8, total: 20, refusals: 5 });
  expect(again.segments).toEqual([{ done: false }, { done: false }]);
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
