/** When a slice is set back without a person. A limit is exceeded when its number is above it, not at it. */
export interface Thresholds {
  /** Share of the service's answers that were errors (5xx, none at all, too late), 0 to 1. */
  readonly errorRate: number;
  /** The service's 99th percentile, in milliseconds. */
  readonly p99Ms: number;
  /** Share of the comparisons that differed, 0 to 1. */
  readonly mismatchRate: number;
  /** Fewer than this in a window say nothing: one error of two requests is not 50 %. */
  readonly minRequests: number;
  /** For how many windows in a row. */
  readonly windows: number;
}

/** What happened in one window, over all replicas. */
export interface WindowNumbers {
  readonly requests: number;
  readonly errors: number;
  readonly p99Ms: number | null;
  readonly compared: number;
  readonly mismatches: number;
}

/** Limits that suit a slice whose answers come from one store. */
export const usualThresholds: Thresholds = {
  errorRate: 0.05,
  p99Ms: 1_000,
  mismatchRate: 0.01,
  minRequests: 20,
  windows: 3,
};

interface Rule {
  readonly sample: (window: WindowNumbers) => number;
  readonly value: (window: WindowNumbers) => number;
  readonly limit: (thresholds: Thresholds) => number;
  readonly say: (values: string, limit: string) => string;
  readonly unit: (value: number) => string;
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const milliseconds = (value: number) => `${Math.round(value)} ms`;

const rules: readonly Rule[] = [
  {
    sample: ({ requests }) => requests,
    value: ({ errors, requests }) => errors / requests,
    limit: ({ errorRate }) => errorRate,
    say: (values, limit) => `errors of the service were ${values}, above ${limit}`,
    unit: percent,
  },
  {
    sample: ({ requests }) => requests,
    value: ({ p99Ms }) => p99Ms ?? 0,
    limit: ({ p99Ms }) => p99Ms,
    say: (values, limit) => `the p99 of the service was ${values}, above ${limit}`,
    unit: milliseconds,
  },
  {
    sample: ({ compared }) => compared,
    value: ({ mismatches, compared }) => mismatches / compared,
    limit: ({ mismatchRate }) => mismatchRate,
    say: (values, limit) => `mismatches were ${values}, above ${limit}`,
    unit: percent,
  },
];

/**
 * Why the slice is to be set back, in words, or undefined when it may stay: one limit is exceeded in each of the last
 * `thresholds.windows` windows, and each of them had enough requests to tell. `windows` are complete, oldest first.
 */
export function reasonToRollBack(windows: readonly WindowNumbers[], thresholds: Thresholds): string | undefined {
  const last = windows.slice(-thresholds.windows);
  if (last.length < thresholds.windows) return undefined;
  for (const { sample, value, limit, say, unit } of rules) {
    const bad = last.every((window) => sample(window) >= thresholds.minRequests && value(window) > limit(thresholds));
    if (bad) return say(last.map((window) => unit(value(window))).join(', '), unit(limit(thresholds)));
  }
  return undefined;
}
