import type { Mode, SliceState } from './mode.domain.ts';
import { comparedOf, matchRateOf, type SideNumbers, type SliceNumbers } from './slice-numbers.domain.ts';
import type { Slice } from './slice.ts';

/** A slice as the operator's API shows it. */
export function sliceView(slice: Slice, state: SliceState, possible: readonly Mode[]) {
  return {
    name: slice.name,
    routes: slice.routes,
    service: { name: slice.service.name, configured: slice.service.url !== undefined },
    possible_modes: possible,
    ...changeView(state),
  };
}

/** One state of a slice: how it is answered, since when, and why. */
export function changeView({ mode, percent, reason, changedBy, changedAt, version, automaticRollback }: SliceState) {
  return {
    mode,
    percent,
    reason,
    changed_by: changedBy,
    changed_at: changedAt,
    version,
    automatic_rollback: automaticRollback,
  };
}

/** What has been observed over some time. Durations in milliseconds, to 10 %. */
export function numbersView(numbers: SliceNumbers) {
  const { match, mismatch, lag, noise, skippedBusy, skippedIncomparable } = numbers.comparisons;
  return {
    monolith: sideView(numbers.monolith),
    service: sideView(numbers.service),
    comparisons: {
      compared: comparedOf(numbers),
      match_rate: matchRateOf(numbers),
      match,
      mismatch,
      lag,
      noise,
      skipped_busy: skippedBusy,
      skipped_incomparable: skippedIncomparable,
    },
    control: numbers.control,
  };
}

function sideView({ requests, errors, p50Ms, p95Ms, p99Ms }: SideNumbers) {
  return { requests, errors, p50_ms: rounded(p50Ms), p95_ms: rounded(p95Ms), p99_ms: rounded(p99Ms) };
}

const rounded = (ms: number | null) => (ms === null ? null : Math.round(ms * 10) / 10);
