import { setTimeout as delay } from 'node:timers/promises';

/** Waits until `count` more messages may be sent without exceeding the rate since the pacer was made. */
export type Pacer = (count: number) => Promise<void>;

/** Spreads messages evenly: `perSecond` of them, or as many as come when that is undefined. An abort ends the waiting. */
export function createPacer(perSecond: number | undefined, now: () => number, signal?: AbortSignal): Pacer {
  let due = now();
  return async (count) => {
    if (perSecond === undefined) return;
    const waitMs = due - now();
    due = Math.max(due, now()) + (count / perSecond) * 1000;
    if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => {});
  };
}
