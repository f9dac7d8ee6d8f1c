/**
 * Lets those who work on the same key wait for each other within this process, in the order in which they came. What `run` does
 * must be right without it: between processes the conditions of the writes decide. It only spares many writers of one thing
 * from refusing each other until none of them gets through.
 */
export type TakeTurns = <T>(key: string, run: () => Promise<T>) => Promise<T>;

/** The turns of one process. Whoever needs longer than `longestMs` keeps its work, and the next one begins beside it. */
export function createTurns({ longestMs = 2_000 }: { longestMs?: number } = {}): TakeTurns {
  // atlas-local-ok: who waits here for whom in this replica; another replica's work is refused by its conditions, not by this
  const last = new Map<string, Promise<void>>();
  return function takeTurns(key, run) {
    const before = last.get(key) ?? Promise.resolve();
    const work = before.then(run);
    const over = before.then(() => within(longestMs, work));
    last.set(key, over);
    void over.then(() => {
      if (last.get(key) === over) last.delete(key);
    });
    return work;
  };
}

/** Resolves when the work has ended, in whichever way, or the time has passed. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  work.then(
    () => resolve(),
    () => resolve(),
  );
  await promise;
  clearTimeout(timer);
}
