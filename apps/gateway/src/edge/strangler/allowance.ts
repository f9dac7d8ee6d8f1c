/** A token bucket: something may be done `perSecond` times a second in the long run, and `burst` times at once. */
export interface Allowance {
  /** Takes one when there is one. */
  take(): boolean;
}

/** Makes a full one. `now` is a monotonic clock in milliseconds. */
export function createAllowance(options: { perSecond: number; burst: number; now: () => number }): Allowance {
  const { perSecond, burst, now } = options;
  // atlas-local-ok: bounds what comparing costs this replica; it is meant per replica (ADR 11)
  let left = burst;
  let countedAt = now();
  return {
    take() {
      const at = now();
      left = Math.min(burst, left + ((at - countedAt) / 1000) * perSecond);
      countedAt = at;
      if (left < 1) return false;
      left -= 1;
      return true;
    },
  };
}
