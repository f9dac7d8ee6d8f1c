import type { Attempt } from './delivery.domain.ts';
import { type Delivery, deliveryIdOf } from './delivery-item.ts';
import { type Endpoint, liveSecrets } from './endpoint.domain.ts';

/** An endpoint as the API shows it; the secret is never part of it. */
export function presentEndpoint(endpoint: Endpoint, now: number) {
  const overlap = liveSecrets(endpoint, now).flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [expiresAt]));
  return {
    endpoint_id: endpoint.endpointId,
    url: endpoint.url,
    events: endpoint.events,
    description: endpoint.description ?? null,
    status: endpoint.status,
    off_reason: endpoint.status === 'off' ? endpoint.offReason : null,
    off_at: endpoint.status === 'off' ? iso(endpoint.offAt) : null,
    failing_since: endpoint.status === 'active' ? iso(endpoint.failingSince) : null,
    previous_secret_expires_at: overlap.length > 0 ? iso(Math.max(...overlap)) : null,
    created_at: iso(endpoint.createdAt),
    updated_at: iso(endpoint.updatedAt),
  };
}

/** An endpoint with its newest secret, for the one answer that shows it. */
export function presentWithSecret(endpoint: Endpoint, now: number) {
  return { ...presentEndpoint(endpoint, now), secret: endpoint.secrets[0]!.value };
}

/**
 * A delivery as the delivery log shows it. `next_attempt_at` is null while it is being tried, and when it has ended.
 */
export function presentDelivery(delivery: Delivery) {
  const waits = delivery.status === 'pending' && delivery.leaseUntil === undefined;
  return {
    webhook_id: deliveryIdOf(delivery),
    event_id: delivery.eventId,
    type: delivery.eventType,
    status: delivery.status,
    failure_reason: delivery.failureReason ?? null,
    created_at: iso(delivery.createdAt),
    next_attempt_at: waits ? iso(delivery.dueAt) : null,
    attempts: delivery.attempts.map(presentAttempt),
  };
}

function presentAttempt({ at, durationMs, statusCode, error, response }: Attempt) {
  return {
    at: iso(at),
    duration_ms: durationMs,
    status_code: statusCode ?? null,
    error: error ?? null,
    response: response ?? null,
  };
}

function iso(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
