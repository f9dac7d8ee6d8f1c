/** How long SQS hides a message, and how much of that nobody relies on (network, timers, a busy process). */
export interface HidingTimes {
  readonly visibilitySeconds: number;
  readonly visibilityMs: number;
  readonly marginMs: number;
  /** How often the heartbeat looks. */
  readonly tickMs: number;
}

/** A tenth of the visibility timeout is margin (at most 3 s); the heartbeat looks often enough to use half of that. */
export function hidingTimes(visibilitySeconds: number): HidingTimes {
  const visibilityMs = visibilitySeconds * 1000;
  const marginMs = Math.min(3000, visibilityMs / 10);
  return { visibilitySeconds, visibilityMs, marginMs, tickMs: Math.max(25, Math.min(1000, marginMs / 2)) };
}
