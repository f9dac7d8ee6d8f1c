/** How long a message waits after its handler failed: `firstSeconds`, then `factor` times more per failure. */
export interface Backoff {
  readonly firstSeconds: number;
  readonly factor: number;
  readonly longestSeconds: number;
}

/** 2 s and 10 s before the second and third try: long enough for a hiccup, short enough that a person sees the dead letter soon. */
export const defaultBackoff: Backoff = { firstSeconds: 2, factor: 5, longestSeconds: 900 };

/** SQS: a message is in flight for at most 12 hours in all. */
export const LONGEST_VISIBILITY_SECONDS = 12 * 60 * 60;

/**
 * Whole seconds to hide a message after its n-th failure (n from 1), with "equal jitter" (half fixed, half random; AWS
 * Architecture Blog, "Exponential Backoff and Jitter"), so that messages that failed together do not return together.
 */
export function failureDelaySeconds(failures: number, backoff: Backoff, random: () => number): number {
  const ceiling = Math.min(backoff.longestSeconds, backoff.firstSeconds * backoff.factor ** (failures - 1));
  return clamp(Math.ceil(ceiling / 2 + random() * (ceiling / 2)));
}

const GIVE_BACK_SECONDS = [1, 2, 5, 15, 30, 60, 120, 300, 900] as const;

/** The default `maxReceiveCount` is 10; a message that has been received that often waits an hour for its last chance. */
const LAST_CHANCE_SECONDS = 3600;

/**
 * Whole seconds to hide a message that met an outage or lost a race, by how often SQS has handed it out. Each receive
 * counts towards the queue's `maxReceiveCount`, so the steps grow: nine of them take 24 minutes, and an outage of a
 * minute costs at most seven receives even when readiness flaps all the time.
 */
export function giveBackSeconds(receives: number, random: () => number): number {
  const seconds = GIVE_BACK_SECONDS[Math.max(0, receives - 1)] ?? LAST_CHANCE_SECONDS;
  return clamp(seconds + Math.floor(random() * seconds * 0.25));
}

/** Milliseconds before the n-th retry (n from 1) of a call of ours: doubles from `firstMs` to `longestMs`, full jitter above half. */
export function retryDelayMs(attempt: number, firstMs: number, longestMs: number, random: () => number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 30));
  return ceiling / 2 + random() * (ceiling / 2);
}

function clamp(seconds: number): number {
  return Math.min(LONGEST_VISIBILITY_SECONDS, Math.max(1, seconds));
}
