import fc from 'fast-check';
import {
  afterAttempt,
  type AttemptResult,
  maxRetryAfterMs,
  outcomeOfStatus,
  parseRetryAfter,
  retryDelaysMs,
} from './delivery.domain.ts';

const now = Date.UTC(2026, 10, 22, 8, 37);
const seconds = 1000;
const hours = 3600 * seconds;

/** given so many attempts, when the next one ends like this, then ... */
const given = (attemptsBefore: number) => ({
  when: (result: Pick<AttemptResult, 'outcome' | 'retryAfterMs'>, random = 0) =>
    afterAttempt(result, attemptsBefore + 1, { now, random }),
});

describe('a delivery', () => {
  it('is delivered by a success, whichever try it is', () => {
    for (const before of [0, 3, 7])
      expect(given(before).when({ outcome: 'delivered' })).toEqual({ status: 'delivered' });
  });

  it.each([
    [0, 5 * seconds],
    [1, 300 * seconds],
    [2, 1800 * seconds],
    [3, 2 * hours],
    [4, 5 * hours],
    [5, 10 * hours],
    [6, 10 * hours],
  ])('is tried again after the failure of try %i + 1', (before, delayMs) => {
    expect(given(before).when({ outcome: 'failed' })).toEqual({ status: 'pending', dueAt: now + delayMs });
  });

  it('has failed after the eighth try', () => {
    expect(given(7).when({ outcome: 'failed' })).toEqual({ status: 'failed', reason: 'exhausted' });
    expect(given(7).when({ outcome: 'slow-down' })).toEqual({ status: 'failed', reason: 'exhausted' });
  });

  it('is not tried again when the endpoint is gone', () => {
    expect(given(0).when({ outcome: 'gone' })).toEqual({ status: 'failed', reason: 'gone' });
  });

  it('waits as long as the receiver asks for, but never shorter than the schedule and never longer than a day', () => {
    const slow = (retryAfterMs: number) => given(0).when({ outcome: 'slow-down', retryAfterMs });
    expect(slow(60 * seconds)).toEqual({ status: 'pending', dueAt: now + 60 * seconds });
    expect(slow(1 * seconds)).toEqual({ status: 'pending', dueAt: now + 5 * seconds });
    expect(slow(90 * 24 * hours)).toEqual({ status: 'pending', dueAt: now + maxRetryAfterMs });
  });

  it('is spread by jitter: up to a fifth later, never earlier than the schedule', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (before, random) => {
        const next = given(before).when({ outcome: 'failed' }, random);
        const delayMs = next.status === 'pending' ? next.dueAt - now : 0;
        const scheduled = retryDelaysMs[before]!;
        return delayMs >= scheduled && delayMs <= scheduled * 1.2 + 1;
      }),
    );
  });
});

describe('an HTTP status', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [301, 'failed'],
    [302, 'failed'],
    [304, 'failed'],
    [400, 'failed'],
    [404, 'failed'],
    [410, 'gone'],
    [429, 'slow-down'],
    [500, 'failed'],
    [502, 'slow-down'],
    [503, 'slow-down'],
    [504, 'slow-down'],
  ])('%i means %s', (status, outcome) => {
    expect(outcomeOfStatus(status)).toBe(outcome);
  });
});

describe('Retry-After', () => {
  it.each([
    ['seconds', '120', 120 * seconds],
    ['zero', '0', 0],
    ['a date', new Date(now + 90 * seconds).toUTCString(), 90 * seconds],
    ['a date in the past', new Date(now - 90 * seconds).toUTCString(), 0],
    ['more than a day', '999999', maxRetryAfterMs],
    ['nonsense', 'soon', undefined],
    ['nothing', '', undefined],
    ['a negative number of seconds', '-5', undefined],
    ['no header', undefined, undefined],
  ])('%s', (_name, header, pauseMs) => {
    expect(parseRetryAfter(header, now)).toBe(pauseMs);
  });
});
