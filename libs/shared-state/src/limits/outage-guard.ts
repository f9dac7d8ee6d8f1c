import type { Logger } from '@atlas/platform';

/** How long who may pass without an answer waits for one; Redis needs less than a hundredth of it. */
const patienceMs = 100;
/** How long nobody asks again after that: of the requests of an outage, one a second pays for it. */
const pauseMs = 1_000;

/**
 * Wraps calls to Redis: logs once when they begin to fail and once when they work again. When `hasty`, a call that is not
 * answered within 100 ms fails, and for a second after a failure calls fail at once: who passes anyway must not be held
 * up by an outage that has nothing to do with him.
 */
export function createOutageGuard(options: { name: string; logger: Logger; hasty: boolean }) {
  const { name, logger, hasty } = options;
  // atlas-local-ok: whether Redis answers this replica; what is counted is in Redis
  let down = false;
  let askAgainAt = 0;

  return async function guarded<T>(call: () => Promise<T>): Promise<T> {
    if (hasty && performance.now() < askAgainAt) throw new Error('Redis did not answer a moment ago');
    try {
      const answer = await (hasty ? inTime(call()) : call());
      if (down) logger.info({ limit: name }, 'a rate limit can be checked again');
      down = false;
      return answer;
    } catch (error) {
      askAgainAt = performance.now() + pauseMs;
      if (!down) logger.warn({ err: error, limit: name }, 'a rate limit cannot be checked');
      down = true;
      throw error;
    }
  };
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`Redis did not answer within ${patienceMs} ms`)), patienceMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
