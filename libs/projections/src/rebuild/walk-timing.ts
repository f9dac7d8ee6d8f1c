/** In milliseconds. */
export interface WalkTiming {
  /** For so long after it was registered a process may not know of a build: `controlFreshMs`, and room for clocks that run unevenly. */
  readonly unawareMs: number;
  /** Between two saves. */
  readonly saveMs: number;
  /** A walk that has not been saved for so long may be taken over. Too short does no harm: what two apply is counted once. */
  readonly abandonedMs: number;
  /** For so long a store that does not answer is asked again; then the walk ends, to be taken up later. */
  readonly outageMs: number;
}

export const walkTiming: WalkTiming = { unawareMs: 750, saveMs: 1_000, abandonedMs: 5_000, outageMs: 60_000 };
