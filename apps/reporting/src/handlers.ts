import type { BatchHandler, EventKey, HandlersFor } from '@atlas/event-contracts';
import type { ProjectionWriter } from '@atlas/projections';

/**
 * Events of one key per call: as many as four DynamoDB transactions have room for (100 actions each, a few rows among them), which are sent at the same time. In
 * a larger batch more events of a tenant and day lie together, and a row that they share is written less often: for orders of eight tenants a third as
 * often as with batches of 90.
 */
const mostEvents = 360;
/** Little beside the half second that a report may be behind, and what eight receivers need to bring a few hundred messages of a backlog. */
const lingerMs = 20;

/**
 * Who receives what in this service: everything goes into the journal and is counted by the projections that hear it, in
 * batches. An event that comes twice changes nothing.
 */
export function createHandlers({ writer }: { writer: ProjectionWriter }) {
  const counted = <K extends EventKey>(): BatchHandler<K> => ({
    maxBatch: mostEvents,
    lingerMs,
    handleBatch: (items) => writer.apply(items.map(({ event }) => event)),
  });
  return {
    'order.completed.v1': counted(),
    'charge.requested.v1': counted(),
    'charge.succeeded.v1': counted(),
    'charge.failed.v1': counted(),
    'charge.reversed.v1': counted(),
    'subscription.activated.v1': counted(),
    'subscription.activation_failed.v1': counted(),
    'subscription.changed.v1': counted(),
  } satisfies HandlersFor<'reporting'>;
}
