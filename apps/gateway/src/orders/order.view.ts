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
  return { ...summaryView(record), lines: lines.map(lineView) };
}

/** An order as a list shows it, without its lines. */
export function summaryView({ order, eventId, origin }: OrderSummary) {
  return {
    order_id: order.orderId,
    status: order.status,
    currency: order.currency,
    total: formatAmount(order.totalCents, order.currency),
    total_cents: order.totalCents,
    created_at: order.placedAt.toISOString(),
    completed_at: order.status === 'completed' ? order.completedAt.toISOString() : null,
    event_id: eventId,
    external_reference: origin?.externalReference ?? null,
    customer: origin?.buyerReference ?? null,
  };
}
