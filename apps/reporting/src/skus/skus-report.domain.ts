import { exact } from '../answer/exact.domain.ts';
import type { Row } from '../answer/sums.domain.ts';

export const rankings = ['gross', 'quantity'] as const;

/** What the first SKU has most of. */
export type Ranking = (typeof rankings)[number];

export interface SkuItem {
  /** 1 for the first of its currency. */
  readonly rank: number;
  readonly sku: string;
  readonly currency: string;
  readonly gross_cents: number;
  readonly quantity: number;
  /** Orders that had it. */
  readonly orders: number;
}

interface Sold {
  readonly sku: string;
  gross: bigint;
  quantity: bigint;
  orders: bigint;
}

/**
 * Adds rows up by currency and SKU as they come: a year of a shop is hundreds of thousands of rows, which are never held
 * together.
 */
export async function soldOf(rows: AsyncIterable<Row>, wanted?: string): Promise<Map<string, Map<string, Sold>>> {
  const byCurrency = new Map<string, Map<string, Sold>>();
  for await (const { row, measures } of rows) {
    const [, currency, sku] = row as [string, string, string];
    if (wanted !== undefined && currency !== wanted) continue;
    const bySku = byCurrency.get(currency) ?? new Map<string, Sold>();
    byCurrency.set(currency, bySku);
    const sold = bySku.get(sku) ?? { sku, gross: 0n, quantity: 0n, orders: 0n };
    bySku.set(sku, sold);
    sold.gross += measures['gross_cents'] ?? 0n;
    sold.quantity += measures['quantity'] ?? 0n;
    sold.orders += measures['orders'] ?? 0n;
  }
  return byCurrency;
}

/**
 * The SKUs in the order of their ranks, those of one rank by currency: amounts of two currencies cannot be compared.
 * SKUs that have the same amount are in the order of their names. Throws AmountTooLargeError.
 */
export function skusReport(sold: ReadonlyMap<string, ReadonlyMap<string, Sold>>, by: Ranking) {
  const currencies = [...sold].sort(([one], [other]) => (one < other ? -1 : 1));
  const items = currencies.flatMap(([currency, bySku]) =>
    [...bySku.values()]
      .sort((one, other) => compare(other[by], one[by]) || compare(one.sku, other.sku))
      .map((item, index): SkuItem => ({ rank: index + 1, sku: item.sku, currency, ...figures(item) })),
  );
  items.sort((one, other) => one.rank - other.rank || compare(one.currency, other.currency));
  const totals = currencies.map(([currency, bySku]) => {
    const all = [...bySku.values()];
    const [gross, quantity] = (['gross', 'quantity'] as const).map((of) =>
      all.reduce((sum, item) => sum + item[of], 0n),
    );
    return { currency, skus: all.length, gross_cents: exact(gross!), quantity: exact(quantity!) };
  });
  return { items, totals };
}

function figures({ gross, quantity, orders }: Sold) {
  return { gross_cents: exact(gross), quantity: exact(quantity), orders: exact(orders) };
}

function compare<T extends bigint | string>(one: T, other: T): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
