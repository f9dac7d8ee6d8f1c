import { exact } from '../answer/exact.domain.ts';
import { cellsOf, measure, type Row, sumBy, type Sums } from '../answer/sums.domain.ts';
import type { Interval } from '../period/period.domain.ts';

/** The money of plans by interval and currency, without intervals in which none moved. Throws AmountTooLargeError. */
export function chargesReport(rows: readonly Row[], { interval }: { interval: Interval }) {
  const cells = cellsOf(rows, interval, ([, currency]) => currency!);
  const totals = sumBy(
    cells,
    ({ key }) => key,
    ({ sums }) => sums,
  );
  return {
    items: cells.map(({ date, key, sums }) => ({ date, currency: key, ...figures(sums) })),
    totals: totals.map(([currency, sums]) => ({ currency, ...figures(sums) })),
  };
}

function figures(sums: Sums) {
  const [charged, reversed] = [measure(sums, 'charged_cents'), measure(sums, 'reversed_cents')];
  return {
    charged_cents: exact(charged),
    charges: exact(measure(sums, 'charges')),
    reversed_cents: exact(reversed),
    reversals: exact(measure(sums, 'reversals')),
    net_cents: exact(charged - reversed),
  };
}
