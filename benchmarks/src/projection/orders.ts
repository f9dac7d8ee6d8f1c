import { readFileSync } from 'node:fs';
import { type Envelope, makeEnvelope } from '@atlas/event-contracts';
import { v7 } from 'uuid';

/** An order as the demonstration's files have it. */
interface FileOrder {
  readonly currency: string;
  readonly completed_at: string;
  readonly lines: readonly { readonly sku: string; readonly qty: number; readonly unit_price: string }[];
}

type Line = readonly [sku: string, qty: number, unitPriceCents: number];

const articles: readonly (readonly [sku: string, priceCents: number])[] = [
  ...[['TEA-ASSAM-250', 895] as const, ['TEA-SENCHA-100', 1250] as const, ['CUP-STONEWARE', 1400] as const],
  ...[['KETTLE-1L', 4990] as const, ['HONEY-LIME-500', 760] as const, ['FILTER-PAPER-100', 345] as const],
];
const currencies = ['EUR', 'GBP', 'USD'];

/** Makes the n-th order of an endless row, as a new event each time. */
export type OrderRow = (n: number) => Envelope;

/** Orders such as `npm start` makes: 1 to 6 lines, three currencies, eight tenants, today. */
export function sampleOrders(): OrderRow {
  const now = new Date().toISOString();
  return (n) => {
    const lines = Array.from({ length: 1 + (n % 6) }, (_, i): Line => {
      const [sku, cents] = articles[(n * 3 + i) % articles.length]!;
      return [sku, 1 + ((n + i * 7) % 12), cents];
    });
    return completed({ tenant: `tenant-${n % 8}`, currency: currencies[n % 3]!, at: now, lines });
  };
}

/** The first `count` of them. */
export function sampleOrderEvents(count: number): Envelope[] {
  return Array.from({ length: count }, (_, n) => n).map(sampleOrders());
}

/** The orders of a file again and again, all of one tenant, as an import of them is. */
export function realOrders(file: string): OrderRow {
  const texts = readFileSync(file, 'utf8').split('\n');
  const orders = texts.filter((text) => text.trim() !== '').map((text) => JSON.parse(text) as FileOrder);
  return (n) => {
    const { currency, completed_at, lines } = orders[n % orders.length]!;
    return completed({
      ...{ tenant: 'tenant-1', currency, at: completed_at },
      lines: lines.map(({ sku, qty, unit_price }): Line => [sku, qty, Math.round(Number(unit_price) * 100)]),
    });
  };
}

/** As many lines as orders of a wholesaler have: half of them up to 14, some of them hundreds; few SKUs are in most orders. */
export function largeOrders(): OrderRow {
  return (n) => {
    const size = n % 60 === 59 ? 250 : n % 12 === 11 ? 60 : 1 + ((n * 7) % 28);
    const lines = Array.from({ length: size }, (_, i): Line => {
      const sku = Math.floor(1500 * (((n * 37 + i * 101) % 997) / 997) ** 2);
      return [`SKU-${sku}`, 1 + (i % 12), 125 + (sku % 40) * 10];
    });
    return completed({ tenant: 'tenant-1', currency: 'GBP', at: `2026-11-${10 + (n % 10)}T09:00:00.000Z`, lines });
  };
}

function completed(order: { tenant: string; currency: string; at: string; lines: readonly Line[] }): Envelope {
  const total_cents = order.lines.reduce((sum, [, qty, cents]) => sum + qty * cents, 0);
  const id = v7();
  const payload = {
    ...{ order_id: id, user_id: 'user-1', user_email: 'ada@example.com', completed_at: order.at },
    ...{ total: (total_cents / 100).toFixed(2), total_cents, currency: order.currency },
    line_items: order.lines.map(([sku, qty, unit_price_cents]) => ({ sku, qty, unit_price_cents })),
  };
  return makeEnvelope('order.completed', payload, {
    ...{ id: v7(), timestamp: new Date().toISOString(), source: 'gateway', tenantId: order.tenant },
    ...{ subject: id, sequence: 1, correlationId: id, causationId: id },
  });
}
