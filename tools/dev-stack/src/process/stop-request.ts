/** A second Ctrl-C within this time is the same one: npm and the terminal both pass it on. */
const sameRequestMs = 1000;

/** Aborted when this process is asked to stop. */
export interface StopRequest {
  readonly signal: AbortSignal;
  /** Resolves at the request. */
  readonly requested: Promise<void>;
}

/**
 * Turns SIGINT, SIGTERM, SIGHUP and the death of the parent (under the bootstrap, which alone knows how to forward) into
 * one request to stop. Asked again later than a second after that, the process exits at once, and its guard ends the rest.
 */
export function listenForStop(): StopRequest {
  const controller = new AbortController();
  const requested = Promise.withResolvers<void>();
  // atlas-local-ok: when this process was asked to stop
  let requestedAt = Infinity;
  const request = (): void => {
    if (performance.now() - requestedAt > sameRequestMs) process.exit(130);
    if (controller.signal.aborted) return;
    requestedAt = performance.now();
    controller.abort();
    requested.resolve();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request);
  if (process.env['ATLAS_STOP_WITH_PARENT'] === '1') {
    const parent = process.ppid;
    // atlas-local-ok: each process watches its own parent
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      request();
    }, 500);
    timer.unref();
  }
  return { signal: controller.signal, requested: requested.promise };
}
