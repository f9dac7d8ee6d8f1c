import { type EventOf } from '@atlas/event-contracts';
import { defineProjection } from '@atlas/projections/declaration';
import { dayOf } from '../period/day.domain.ts';
import { bucketOf } from './buckets.domain.ts';

type Outcome = 'activated' | 'reversed' | 'failed';
type Told = EventOf<'subscription.activated.v1' | 'charge.reversed.v1' | 'charge.failed.v1'>;

/**
 * Reversals that are no outcome of a saga: a refund that somebody made at the provider, long after the plan was active; and
 * money that came after the charge had failed, which was the outcome.
 */
const afterTheOutcome: readonly string[] = ['refunded_at_provider', 'charged_after_failure'];

/**
 * How requests for a plan came out, by the date of the outcome, and how long after the request that was: as a sum, and as
 * a count per bucket (`ms_<upper end>`), because percentiles cannot be added up and buckets can.
 */
export const sagaOutcomes = defineProjection({
  name: 'saga-outcomes',
  table: 'saga-outcomes',
  version: 1,
  events: ['subscription.activated.v1', 'charge.reversed.v1', 'charge.failed.v1'],
  dimensions: ['date'],
  shards: 4,
  everyone: true,
  project(event) {
    const outcome = outcomeOf(event);
    if (outcome === undefined) return [];
    // Two machines' clocks: an outcome is never earlier than its request.
    const ms = Math.max(0, Date.parse(event.timestamp) - Date.parse(event.payload.requested_at));
    return [{ row: [dayOf(event.timestamp)], add: { [outcome]: 1, ms_sum: ms, [`ms_${bucketOf(ms)}`]: 1 } }];
  },
});

function outcomeOf({ event, payload }: Told): Outcome | undefined {
  if (event === 'subscription.activated') return 'activated';
  if (event === 'charge.failed') return 'failed';
  return 'reason' in payload && afterTheOutcome.includes(payload.reason) ? undefined : 'reversed';
}
