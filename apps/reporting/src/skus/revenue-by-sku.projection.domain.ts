import { defineProjection } from '@atlas/projections/declaration';
import { dayOf } from '../period/day.domain.ts';

/**
 * What was sold of each SKU, by the UTC date of completion and currency. A line without a price (version 1.0 of the event)
 * adds its quantity only. Not over all tenants: a SKU means something within one tenant.
 */
export const revenueBySku = defineProjection({
  name: 'revenue-by-sku',
  table: 'revenue-by-sku',
  version: 1,
  events: ['order.completed.v1'],
  dimensions: ['date', 'currency', 'sku'],
  // An order names some twenty SKUs, which are a few items instead of as many.
  packed: 32,
  shards: 4,
  everyone: false,
  project({ payload: { completed_at, currency, line_items } }) {
    const bySku = Map.groupBy(line_items, ({ sku }) => sku);
    return [...bySku].map(([sku, lines]) => ({
      row: [dayOf(completed_at), currency, sku],
      add: {
        gross_cents: sumOf(lines, ({ qty, unit_price_cents = 0 }) => BigInt(qty) * BigInt(unit_price_cents)),
        quantity: sumOf(lines, ({ qty }) => BigInt(qty)),
        orders: 1,
      },
    }));
  },
});

/** The contract bounds each number of a line, not their products and sums: whatever it lets pass can be counted. */
function sumOf<T>(items: readonly T[], of: (item: T) => bigint): bigint {
  return items.reduce((sum, item) => sum + of(item), 0n);
}
