import { setTimeout as delay } from 'node:timers/promises';

/** Hands out turns at an even rate. */
export interface Pace {
  /** Resolves when it is the caller's turn; rejects when the signal aborts. */
  turn(): Promise<void>;
}

/** So many turns per second, evenly spread, with no burst to catch up after a pause; undefined: always at once. */
export function createPace(
  perSecond: number | undefined,
  { clock, signal }: { clock: () => number; signal?: AbortSignal | undefined },
): Pace {
  if (perSecond === undefined) return { turn: async () => signal?.throwIfAborted() };
  const spacingMs = 1000 / perSecond;
  let next = 0;
  return {
    turn: async () => {
      const now = clock();
      const at = Math.max(now, next);
      next = at + spacingMs;
      if (at > now) await delay(at - now, undefined, { signal });
      else signal?.throwIfAborted();
    },
  };
}

/** Runs `work` for each item, at most `concurrency` at a time; the first failure stops the rest and is thrown. */
export async function forEachConcurrently<T>(
  items: AsyncIterable<T>,
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let failed = false;
  const worker = async () => {
    try {
      for (let next = await iterator.next(); !next.done && !failed; next = await iterator.next())
        await work(next.value);
    } catch (error) {
      failed = true;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, worker));
  await iterator.return?.();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
