import { setTimeout as delay } from 'node:timers/promises';
import { ConditionTimeoutError } from './errors.ts';

/**
 * Calls `fn` every `everyMs` (20) until it neither throws nor returns false, and returns what it returned. Throws a
 * ConditionTimeoutError, with the last failure as its cause, after `timeoutMs` (10 s). One try that hangs counts as failed.
 */
export async function eventually<T>(
  fn: () => T | Promise<T>,
  options: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false>> {
  const { timeoutMs = 10_000, everyMs = 20 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const outcome = await attempt(fn, Math.max(1, deadline - performance.now()));
    if ('value' in outcome && outcome.value !== false) return outcome.value as Exclude<T, false>;
    if (performance.now() + everyMs > deadline) {
      throw new ConditionTimeoutError(timeoutMs, 'error' in outcome ? outcome.error : undefined);
    }
    await delay(everyMs);
  }
}

async function attempt<T>(fn: () => T | Promise<T>, remainingMs: number): Promise<{ value: T } | { error: unknown }> {
  const timeout = Promise.withResolvers<{ error: unknown }>();
  const timer = setTimeout(() => timeout.resolve({ error: new Error('the last try did not return') }), remainingMs);
  try {
    return await Promise.race([Promise.resolve(fn()).then((value) => ({ value })), timeout.promise]);
  } catch (error) {
    return { error };
  } finally {
    clearTimeout(timer);
  }
}
