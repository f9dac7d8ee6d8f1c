/** Says that the time of `withTimeLimit` was over. */
export interface TimeLimit {
  /** Aborted by the limit, or by the outer signal. */
  readonly signal: AbortSignal;
  /** Whether the limit, and not the outer signal, has aborted it. */
  exceeded(): boolean;
}

/**
 * Runs `run` with a signal that is aborted after `limitMs`, or with `outer`. Unlike AbortSignal.timeout its timer is
 * gone with the work: thousands of short calls would otherwise leave as many timers behind.
 */
export async function withTimeLimit<T>(
  limitMs: number,
  outer: AbortSignal | undefined,
  run: (limit: TimeLimit) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(new Error(`not done within ${limitMs} ms`)), limitMs);
  const signal = outer ? AbortSignal.any([outer, limit.signal]) : limit.signal;
  try {
    return await run({ signal, exceeded: () => limit.signal.aborted });
  } finally {
    clearTimeout(timer);
  }
}
