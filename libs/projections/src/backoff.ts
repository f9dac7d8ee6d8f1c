/** How long to wait between tries, in milliseconds. */
export interface Backoff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** The pause after so many tries (from 1): it doubles from `firstMs` up to `longestMs`. */
export const pauseAfter = (tries: number, { firstMs, longestMs }: Backoff): number =>
  Math.min(longestMs, firstMs * 2 ** (tries - 1));
