import { setTimeout as delay } from 'node:timers/promises';

/** Waits; false when the signal came first. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  await delay(ms, undefined, { signal }).catch(() => {});
  return !signal?.aborted;
}
