import type { BatchHandler, EventKey, HandlersFor } from '@atlas/event-contracts';
import type { ProjectionWriter } from '@atlas/projections';

/** Events of one key per call: as many as one DynamoDB transaction has room for (100 actions, with a few rows among them). */
const mostEvents = 90;
/** Next to nothing beside the half second that a report may be behind, and enough for a batch while events come quickly. */
const lingerMs = 5;

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
