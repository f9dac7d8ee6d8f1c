import type { Probe, TransactItem } from '@atlas/platform';
import type { DeliveryAttempts } from './delivery-attempts.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import type { NewDelivery } from './delivery-item.ts';
import type { Deliveries } from './dynamo-deliveries.ts';
import type { Endpoint } from './endpoint.domain.ts';
import { webhookBody, webhookIdOf } from './webhook-message.ts';

/** The type of the event by which an owner tries out an endpoint; it is delivered whatever types the endpoint chose. */
export const testEventType = 'webhook.test';

/** A prepared test event: first `write` is committed, then `deliver` is called; without that `cancel`. */
export interface PreparedTest {
  readonly webhookId: string;
  readonly eventId: string;
  readonly write: TransactItem;
  deliver(): Promise<void>;
  cancel(): void;
}

export type TestDelivery = (endpoint: Endpoint) => PreparedTest;

/** Test events that go the way of all deliveries: a row, a lane, a signature, the delivery log, retries. */
export function createTestDelivery(deps: {
  deliveries: Deliveries;
  attempts: DeliveryAttempts;
  worker: DeliveryWorker;
  now: () => number;
  newId: () => string;
  probe: Probe;
}): TestDelivery {
  const { deliveries, attempts, worker, now, newId, probe } = deps;
  return (endpoint) => {
    const { tenantId, endpointId } = endpoint;
    const eventId = newId();
    const createdAt = now();
    const payload = { endpoint_id: endpointId, message: 'This is a test event. Your endpoint works.' };
    const body = webhookBody({ event: testEventType, timestamp: new Date(createdAt).toISOString(), payload });
    const delivery: NewDelivery = { tenantId, endpointId, eventId, kind: 'webhook', eventType: testEventType, body };
    const place = worker.reserve(endpoint);
    const leaseUntil = attempts.leaseEnd();
    const when = place === undefined ? { dueAt: createdAt } : { leaseUntil };
    return {
      eventId,
      webhookId: webhookIdOf(eventId, endpointId),
      write: deliveries.insertion(delivery, when, createdAt),
      async deliver() {
        await probe('webhook.row-written');
        if (place) worker.deliver(place, { ...delivery, attempts: [], fence: 1, leaseUntil }, endpoint, body);
      },
      cancel: () => place?.cancel(),
    };
  };
}
