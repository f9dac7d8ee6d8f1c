import { percentileOf } from './latency.domain.ts';
import type { WindowNumbers } from './rollback.domain.ts';

/** How one side has answered. */
export interface SideNumbers {
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** The numbers of a slice over some time, of all replicas. */
export interface SliceNumbers {
  readonly monolith: SideNumbers;
  readonly service: SideNumbers;
  readonly comparisons: {
    readonly match: number;
    readonly mismatch: number;
    readonly lag: number;
    readonly noise: number;
    readonly skippedBusy: number;
    readonly skippedIncomparable: number;
  };
  /** How often the control was asked twice at once, and how often it did not agree with itself. */
  readonly control: { readonly repeated: number; readonly differed: number };
}

/** Reads the counters of a window or of totals; what was never counted is 0. */
export function readNumbers(fields: Readonly<Record<string, string>>): SliceNumbers {
  const count = (field: string) => Number(fields[field] ?? 0);
  return {
    monolith: sideNumbers(fields, 'monolith'),
    service: sideNumbers(fields, 'service'),
    comparisons: {
      match: count('comparisons.match'),
      mismatch: count('comparisons.mismatch'),
      lag: count('comparisons.lag'),
      noise: count('comparisons.noise'),
      skippedBusy: count('comparisons.skipped_busy'),
      skippedIncomparable: count('comparisons.skipped_incomparable'),
    },
    control: { repeated: count('control.repeated'), differed: count('control.differed') },
  };
}

/** How many comparisons came to a result. */
export function comparedOf({ comparisons: { match, mismatch, lag, noise } }: SliceNumbers): number {
  return match + mismatch + lag + noise;
}

/** The share of comparisons without a difference that nothing explains, 0 to 1; null when there was none. */
export function matchRateOf(numbers: SliceNumbers): number | null {
  const compared = comparedOf(numbers);
  return compared === 0 ? null : (compared - numbers.comparisons.mismatch) / compared;
}

/** What the thresholds of a rollback are about. */
export function judgedNumbers(numbers: SliceNumbers): WindowNumbers {
  const { requests, errors, p99Ms } = numbers.service;
  return { requests, errors, p99Ms, compared: comparedOf(numbers), mismatches: numbers.comparisons.mismatch };
}

function sideNumbers(fields: Readonly<Record<string, string>>, side: string): SideNumbers {
  const prefix = `${side}.ms.`;
  const buckets = new Map(
    Object.entries(fields)
      .filter(([field]) => field.startsWith(prefix))
      .map(([field, count]) => [Number(field.slice(prefix.length)), Number(count)]),
  );
  return {
    requests: Number(fields[`${side}.requests`] ?? 0),
    errors: Number(fields[`${side}.errors`] ?? 0),
    p50Ms: percentileOf(buckets, 0.5),
    p95Ms: percentileOf(buckets, 0.95),
    p99Ms: percentileOf(buckets, 0.99),
  };
}
