import type { Envelope } from '@atlas/event-contracts';
import { isUnreachable, type Probe } from '@atlas/platform';
import type { NewDelivery } from './delivery-item.ts';
import type { Deliveries } from './dynamo-deliveries.ts';
import type { Endpoints } from './dynamo-endpoints.ts';
import type { DeliveryAttempts } from './delivery-attempts.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import { type Endpoint, wantsEvent } from './endpoint.domain.ts';
import { isPaused } from './endpoint-health.domain.ts';
import { webhookBody } from './webhook-message.ts';

/**
 * Writes one delivery row for each active endpoint that wants the event, and resolves when all are written: from then
 * on they will be delivered, whatever happens to this process. Fails when one could not be written, after all were
 * tried; running it again adds only what is missing.
 */
export type FanOut = (event: Pick<Envelope, 'id' | 'event' | 'timestamp' | 'tenant_id' | 'payload'>) => Promise<void>;

/** A fan-out that hands rows to the worker of this process as it writes them. */
export function createFanOut(deps: {
  endpoints: Endpoints;
  deliveries: Deliveries;
  attempts: DeliveryAttempts;
  worker: DeliveryWorker;
  now: () => number;
  probe: Probe;
}): FanOut {
  const { endpoints, deliveries } = deps;
  const deliverSoon = createBirth(deps);
  return async (event) => {
    const all = await endpoints.list(event.tenant_id);
    const wanting = all.filter((endpoint) => wantsEvent(endpoint, event.event));
    if (wanting.length === 0) return;
    const body = webhookBody(event);
    const { tenant_id: tenantId, id: eventId, event: eventType } = event;
    // Before the rows: a row without its body could not be delivered.
    const inRow = await deliveries.prepareBody(tenantId, eventId, body, deps.now());
    const written = await Promise.allSettled(
      wanting.map((endpoint) => {
        const delivery: NewDelivery = {
          ...{ tenantId, endpointId: endpoint.endpointId, eventId, eventType },
          kind: 'webhook',
          body: inRow,
        };
        return deliverSoon(delivery, endpoint, body);
      }),
    );
    const errors = written.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (errors.length > 0) throw errors.find(isUnreachable) ?? errors[0];
  };
}

/**
 * Gives birth to a row. With a place in the worker it is born claimed and delivered at once; without one (its endpoint
 * is slow, or the process is full) it is born free and due, and a sweep takes it when there is room.
 */
function createBirth({ deliveries, attempts, worker, now, probe }: Parameters<typeof createFanOut>[0]) {
  return async (delivery: NewDelivery, endpoint: Endpoint, body: string): Promise<void> => {
    const place = isPaused(endpoint, now()) ? undefined : worker.reserve(endpoint);
    const leaseUntil = attempts.leaseEnd();
    const when = place === undefined ? { dueAt: firstDue(endpoint, now()) } : { leaseUntil };
    const outcome = await deliveries.insert(delivery, when, now()).catch((error: unknown) => {
      place?.cancel();
      throw error;
    });
    if (outcome === 'already-there') return place?.cancel();
    await probe('webhook.row-written');
    if (place === undefined) return;
    worker.deliver(place, { ...delivery, attempts: [], fence: 1, leaseUntil }, endpoint, body);
  };
}

function firstDue(endpoint: Endpoint, now: number): number {
  return endpoint.status === 'active' ? Math.max(endpoint.notBefore ?? 0, now) : now;
}
