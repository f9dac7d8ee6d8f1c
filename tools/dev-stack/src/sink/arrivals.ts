/** Lets callers wait for something to arrive under a key, and tells watchers that anything arrived. */
export interface Arrivals<T> {
  announce(keys: readonly string[], value: T): void;
  /** Resolves with the next arrival under one of the keys, or with undefined after `timeoutMs` or when the signal aborts. */
  next(
    keys: readonly string[],
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<T | undefined>;
  /** Calls back on every arrival until the returned function is called. */
  watch(onArrival: (value: T) => void): () => void;
}

/** An in-process board of arrivals; whoever waits must look first whether the thing is there already. */
export function createArrivals<T>(): Arrivals<T> {
  // atlas-local-ok: the mail catcher is one process by design; tests wait in it
  const waiting = new Map<string, Set<(value: T) => void>>();
  const watchers = new Set<(value: T) => void>();

  const enlist = (key: string, callback: (value: T) => void) => {
    const callbacks = waiting.get(key) ?? new Set();
    waiting.set(key, callbacks.add(callback));
  };
  const dismiss = (key: string, callback: (value: T) => void) => {
    const callbacks = waiting.get(key);
    callbacks?.delete(callback);
    if (callbacks?.size === 0) waiting.delete(key);
  };

  return {
    announce: (keys, value) => {
      for (const callback of [...watchers, ...keys.flatMap((key) => [...(waiting.get(key) ?? [])])]) callback(value);
    },
    next: (keys, { timeoutMs, signal }) =>
      new Promise((resolve) => {
        const finish = (value: T | undefined) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', giveUp);
          for (const key of keys) dismiss(key, finish);
          resolve(value);
        };
        const giveUp = () => finish(undefined);
        const timer = setTimeout(giveUp, timeoutMs);
        signal?.addEventListener('abort', giveUp);
        for (const key of keys) enlist(key, finish);
        if (signal?.aborted) giveUp();
      }),
    watch: (onArrival) => {
      watchers.add(onArrival);
      return () => watchers.delete(onArrival);
    },
  };
}
