import { randomUUID } from 'node:crypto';
import { type Envelope, makeEnvelope, type NewPayload } from '@atlas/event-contracts';

const tenantId = '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d';

/** The payload of an order with three lines; its envelope has about 700 bytes. */
export function samplePayload(orderId: string): NewPayload<'order.completed'> {
  return {
    order_id: orderId,
    user_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d',
    user_email: 'ada.lovelace@example.com',
    completed_at: '2026-11-22T08:37:00.123Z',
    total: '37.45',
    currency: 'GBP',
    total_cents: 3745,
    line_items: [
      { sku: '85123A', qty: 6, unit_price_cents: 255 },
      { sku: '71053', qty: 1, unit_price_cents: 1015 },
      { sku: '84406B', qty: 4, unit_price_cents: 300 },
    ],
  };
}

export function sampleMeta(orderId: string, sequence: number) {
  return { tenantId, subject: orderId, sequence };
}

/** A new order.completed envelope; `sequence` decides whether the mixed workload is slow on it. */
export function sampleEnvelope(sequence: number): Envelope {
  const orderId = randomUUID();
  const correlationId = randomUUID();
  return makeEnvelope('order.completed', samplePayload(orderId), {
    ...sampleMeta(orderId, sequence),
    id: randomUUID(),
    timestamp: new Date().toISOString(),
    source: 'gateway',
    correlationId,
    causationId: correlationId,
  });
}
