import { setTimeout as delay } from 'node:timers/promises';

/** Resolves when `condition` resolves truthy; rejects with its last error, or `message`, when `timeoutMs` have passed. */
export async function waitFor(
  condition: () => Promise<boolean> | boolean,
  options: { timeoutMs: number; everyMs?: number; message: string },
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() > deadline) throw new Error(options.message, { cause: lastError });
    await delay(options.everyMs ?? 25);
  }
}
