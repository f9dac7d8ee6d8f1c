/**
 * Milliseconds to wait before try number `attempt + 1`: doubling from `baseMs` up to `capMs`, of which a random half to
 * whole is taken, so that many senders that failed together do not come back together.
 */
export function backoffMs(attempt: number, limits: { baseMs: number; capMs: number }): number {
  const ceiling = Math.min(limits.capMs, limits.baseMs * 2 ** (attempt - 1));
  return ceiling / 2 + Math.random() * (ceiling / 2);
}
