/**
 * Lets those who work on the same key wait for each other within this process, in the order in which they came; who is not done
 * `patienceMs` after they began is not waited for any longer. What `run` does must be right without it: this only spares writers
 * of one account from refusing each other until none of them gets through. Between processes the conditions of the writes decide.
 */
export type TakeTurns = <T>(key: string, run: () => Promise<T>) => Promise<T>;

/** The turns of one process. */
export function createTurns({ patienceMs = 2_000 }: { patienceMs?: number } = {}): TakeTurns {
  // Who waits here for whom in this replica; another replica's work is refused by its conditions, not by this.
  const line = new Map<string, Promise<void>>();
  return async function takeTurns(key, run) {
    const before = line.get(key);
    const { promise: over, resolve: passOn } = Promise.withResolvers<void>();
    line.set(key, over);
    await before;
    const timer = setTimeout(passOn, patienceMs);
    try {
      return await run();
    } finally {
      clearTimeout(timer);
      passOn();
      if (line.get(key) === over) line.delete(key);
    }
  };
}
