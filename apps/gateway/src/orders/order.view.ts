import { formatAmount } from '@atlas/event-contracts';
import type { OrderLine } from './order.domain.ts';
import type { OrderRecord, OrderSummary } from './order.queries.ts';

/** An order as the API shows it, with its lines. */
export function orderView(record: OrderRecord) {
  const { currency, lines } = record.order;
  const lineView = ({ sku, qty, unitPriceCents }: OrderLine) => ({
    sku,
    qty,
    unit_price: formatAmount(unitPriceCents, currency),
    unit_price_cents: unitPriceCents,
  });
  return { ...recordView(record), lines: lines.map(lineView) };
}

/** An order as the API shows it, without its lines. */
export function recordView({ order, eventId, origin }: OrderRecord) {
  return summaryView({
    ...order,
    completedAt: order.status === 'completed' ? order.completedAt : null,
    eventId,
    externalReference: origin?.externalReference ?? null,
    buyerReference: origin?.buyerReference ?? null,
  });
}

/** An order as a list shows it. */
export function summaryView(summary: OrderSummary) {
  return {
    order_id: summary.orderId,
    status: summary.status,
    currency: summary.currency,
    total: formatAmount(summary.totalCents, summary.currency),
    total_cents: summary.totalCents,
    created_at: summary.placedAt.toISOString(),
    completed_at: summary.completedAt?.toISOString() ?? null,
    event_id: summary.eventId,
    external_reference: summary.externalReference,
    customer: summary.buyerReference,
  };
}
