import { isUnreachable, SetupError } from '@atlas/platform';
import { PublisherStoppedError, PublishRefusedError } from '../errors.ts';
import { backoffMs } from '../publish/backoff.ts';
import type { ClaimedRow, Postponed } from './outbox-rows.ts';

/** A row that SNS keeps failing waits longer each time; ten tries take about five minutes. */
const failureLimits = { baseMs: 1_000, capMs: 60_000 };
/** A missing topic or right is for a person to mend, and noticed soon after. */
const setupWaitMs = 10_000;

/** Whether a failure says nothing about the event: SNS is away, or this process is stopping. */
export function isOutage(failure: unknown): boolean {
  return failure instanceof PublisherStoppedError || isUnreachable(failure);
}

/** Gives a row back as it was, for any relay to take at once. */
export function released(row: ClaimedRow): Postponed {
  return { row, waitMs: 0, counted: false, park: false, error: null };
}

/**
 * Decides what happens to a row whose publishing failed. Only what SNS said about this very event counts against it:
 * an outage, a stop or a missing topic would fail any event, and must neither park it nor use up its tries.
 */
export function afterFailure(row: ClaimedRow, failure: unknown, parkAfter: number): Postponed {
  // A moment's wait, so that the first try after an outage takes other rows than those that met it.
  if (isOutage(failure)) return { ...released(row), waitMs: backoffMs(1, failureLimits) };
  const error = failure instanceof Error ? failure.message : String(failure);
  if (failure instanceof SetupError) return { ...released(row), waitMs: setupWaitMs, error };
  if (failure instanceof PublishRefusedError) return { row, waitMs: 0, counted: true, park: true, error };
  const attempts = row.attempts + 1;
  return { row, waitMs: backoffMs(attempts, failureLimits), counted: true, park: attempts >= parkAfter, error };
}
