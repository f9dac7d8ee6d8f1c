import { exact, rounded } from '../answer/exact.domain.ts';
import { cellsOf, measure, type Row, sumBy, type Sums } from '../answer/sums.domain.ts';
import type { Interval } from '../period/period.domain.ts';

export interface RevenueItem {
  readonly date: string;
  readonly currency: string;
  readonly gross_cents: number;
  readonly orders: number;
  /** Half a cent is rounded up. */
  readonly average_cents: number;
}

/** The revenue of completed orders by interval and currency, without intervals in which there was none. Throws AmountTooLargeError. */
export function revenueReport(rows: readonly Row[], { interval }: { interval: Interval }) {
  const cells = cellsOf(rows, interval, ([, currency]) => currency!);
  const totals = sumBy(
    cells,
    ({ key }) => key,
    ({ sums }) => sums,
  );
  return {
    items: cells.map(({ date, key, sums }): RevenueItem => ({ date, currency: key, ...figures(sums) })),
    totals: totals.map(([currency, sums]) => ({ currency, ...figures(sums) })),
  };
}

function figures(sums: Sums) {
  const [gross, orders] = [measure(sums, 'gross_cents'), measure(sums, 'orders')];
  const average = orders > 0n ? rounded(gross, orders) : 0n;
  return { gross_cents: exact(gross), orders: exact(orders), average_cents: exact(average) };
}
