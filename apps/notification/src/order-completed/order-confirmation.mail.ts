import type { EventOf } from '@atlas/event-contracts';
import { formatCount, formatInstant, formatNumber, moneyIn } from '../mail/format.ts';
import { defineMail } from '../mail/layout.ts';

/** What the confirmation of an order shows; every amount is already formatted. */
export interface OrderConfirmationView {
  readonly orderId: string;
  readonly completedAt: string;
  readonly items: string;
  readonly total: string;
  /** Whether the lines have prices: events of version 1.0 do not. */
  readonly priced: boolean;
  readonly lines: readonly { sku: string; qty: string; unitPrice: string; amount: string }[];
  /** The lines as aligned columns for the text part. */
  readonly table: string;
}

export const orderConfirmation = defineMail<OrderConfirmationView>({
  name: 'order-confirmation',
  subject: 'Your order {{orderId}} is confirmed: {{total}}',
  text: `Thank you, your order is confirmed.

Order:     {{orderId}}
Completed: {{completedAt}}
Contents:  {{items}}

{{table}}

Total: {{total}}
`,
  html: `<h1 style="margin:0 0 8px;font-size:22px">Thank you, your order is confirmed</h1>
<p style="margin:0 0 16px;color:#6b7280">Order <strong style="color:#111827">{{orderId}}</strong><br>{{completedAt}} &middot; {{items}}</p>
<table width="100%" cellpadding="0" cellspacing="0" style="border-collapse:collapse;font-size:14px">
<thead><tr>
<th align="left" style="padding:8px 8px 8px 0;border-bottom:2px solid #111827">Article</th>
<th align="right" style="padding:8px;border-bottom:2px solid #111827">Quantity</th>
{{#if priced}}<th align="right" style="padding:8px;border-bottom:2px solid #111827">Price</th>
<th align="right" style="padding:8px 0 8px 8px;border-bottom:2px solid #111827">Amount</th>
{{/if}}</tr></thead>
<tbody>
{{#each lines}}<tr><td style="padding:6px 8px 6px 0;border-bottom:1px solid #f3f4f6">{{sku}}</td><td align="right" style="padding:6px 8px;border-bottom:1px solid #f3f4f6">{{qty}}</td>{{#if ../priced}}<td align="right" style="padding:6px 8px;border-bottom:1px solid #f3f4f6">{{unitPrice}}</td><td align="right" style="padding:6px 0 6px 8px;border-bottom:1px solid #f3f4f6">{{amount}}</td>{{/if}}</tr>
{{/each}}</tbody>
</table>
<p style="margin:16px 0 0;text-align:right;font-size:18px">Total <strong>{{total}}</strong></p>`,
});

/** What the confirmation of this order shows. */
export function orderConfirmationView({ payload }: EventOf<'order.completed.v1'>): OrderConfirmationView {
  const { order_id, completed_at, currency, line_items } = payload;
  const priced = line_items.length > 0 && line_items.every((line) => line.unit_price_cents !== undefined);
  const money = moneyIn(currency);
  const lines = line_items.map(({ sku, qty, unit_price_cents = 0 }) => ({
    sku,
    qty: formatNumber(qty),
    unitPrice: priced ? money.minor(unit_price_cents) : '',
    amount: priced ? money.minor(BigInt(unit_price_cents) * BigInt(qty)) : '',
  }));
  const pieces = line_items.reduce((sum, line) => sum + line.qty, 0);
  return {
    orderId: order_id,
    completedAt: formatInstant(completed_at),
    items: `${formatCount(pieces, 'item')} in ${formatCount(lines.length, 'line')}`,
    total: money.decimal(payload.total),
    priced,
    lines,
    table: columns(lines, priced),
  };
}

/** Right-aligned numbers: a reader of 700 lines compares amounts by their length. */
function columns(lines: OrderConfirmationView['lines'], priced: boolean): string {
  const rows = [
    ['Article', 'Quantity', 'Price', 'Amount'],
    ...lines.map(({ sku, qty, unitPrice, amount }) => [sku, qty, unitPrice, amount]),
  ].map((row) => (priced ? row : row.slice(0, 2)));
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '))
    .join('\n');
}
