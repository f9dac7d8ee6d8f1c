import { setTimeout as delay } from 'node:timers/promises';
import { isUnreachable } from '../is-unreachable.ts';
import type { Logger } from '../observability/logger.ts';

const LONGEST_DELAY_MS = 5_000;

/**
 * Runs `fn` until it does not fail because a dependency is unreachable; any other error is thrown on at once. Waits
 * 100 ms, doubling to 5 s, with jitter. For start-up (migrations, looking up queues), so that a service that starts
 * during an outage waits instead of exiting. Rejects with the signal's reason when that is aborted.
 */
export async function retryWhileUnreachable<T>(
  name: string,
  fn: () => Promise<T>,
  options: { logger: Logger; signal?: AbortSignal; firstDelayMs?: number },
): Promise<T> {
  const { logger, signal, firstDelayMs = 100 } = options;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await fn();
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      const ceiling = Math.min(LONGEST_DELAY_MS, firstDelayMs * 2 ** (attempt - 1));
      logger.warn({ err: error, attempt }, `${name}: not reachable, trying again`);
      await delay(ceiling / 2 + Math.random() * (ceiling / 2), undefined, { signal });
    }
  }
}
