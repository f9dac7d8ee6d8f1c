import { randomUUID } from 'node:crypto';
import { PublishBatchCommand } from '@aws-sdk/client-sns';
import type { Lane } from '../measurement.ts';
import { createMeter } from '../meter.ts';
import { metered } from '../metered-client.ts';
import { rawSnsClient } from './raw-clients.ts';

/** What one writes with nothing but the SDK: ten envelopes per PublishBatch, so many calls in flight, no validation. */
export const run: Lane = async (order, ready) => {
  const meter = createMeter(order);
  const sns = metered(rawSnsClient(order.region), meter);
  const topicArn = `arn:aws:sns:${order.region}:${order.accountId}:${order.prefix}-order-events`;
  let left = order.warmUp + order.messages;
  const publish = async (): Promise<void> => {
    while (left > 0) {
      const size = Math.min(10, left);
      left -= size;
      const entries = Array.from({ length: size }, (_, index) => entry(String(index)));
      await sns.send(new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: entries }));
    }
  };
  ready();
  await Promise.all(Array.from({ length: order.receivers }, publish));
  return { measurement: await meter.finished };
};

const tenantId = '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d';

function entry(id: string) {
  const orderId = randomUUID();
  const text = (value: string) => ({ DataType: 'String', StringValue: value });
  return {
    Id: id,
    Message: JSON.stringify(envelope(orderId)),
    MessageGroupId: tenantId,
    MessageAttributes: {
      EventType: text('order.completed'),
      EventKey: text('order.completed.v1'),
      TenantId: text(tenantId),
      traceparent: text('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
    },
  };
}

/** The same envelope as everywhere, as a literal. */
function envelope(orderId: string) {
  const correlationId = randomUUID();
  return {
    id: randomUUID(),
    event: 'order.completed',
    version: '1.1',
    timestamp: new Date().toISOString(),
    source: 'gateway',
    tenant_id: tenantId,
    subject: orderId,
    sequence: 1,
    correlation_id: correlationId,
    causation_id: correlationId,
    payload: {
      order_id: orderId,
      user_id: tenantId,
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
    },
  };
}
