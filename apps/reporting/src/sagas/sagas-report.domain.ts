import { exact, rounded } from '../answer/exact.domain.ts';
import { cellsOf, measure, plus, type Row, type Sums } from '../answer/sums.domain.ts';
import type { Interval } from '../period/period.domain.ts';
import { percentileOf } from './buckets.domain.ts';

export interface SagasItem {
  readonly date: string;
  readonly activated: number;
  readonly reversed: number;
  readonly failed: number;
  /** From request to outcome, over all outcomes; null where there was none. Percentiles are a tenth too high at most. */
  readonly mean_ms: number | null;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
}

/** How requests for plans came out by interval, without intervals in which none did. Throws AmountTooLargeError. */
export function sagasReport(rows: readonly Row[], { interval }: { interval: Interval }) {
  const cells = cellsOf(rows, interval, () => '');
  const total = cells.reduce<Sums>((sums, cell) => plus(sums, cell.sums), {});
  return {
    items: cells.map(({ date, sums }): SagasItem => ({ date, ...figures(sums) })),
    totals: [figures(total)],
  };
}

function figures(sums: Sums) {
  const [activated, reversed, failed] = [
    measure(sums, 'activated'),
    measure(sums, 'reversed'),
    measure(sums, 'failed'),
  ];
  const outcomes = activated + reversed + failed;
  const counts = countsOf(sums);
  return {
    activated: exact(activated),
    reversed: exact(reversed),
    failed: exact(failed),
    mean_ms: outcomes > 0n ? exact(rounded(measure(sums, 'ms_sum'), outcomes)) : null,
    p50_ms: percentileOf(counts, 0.5),
    p95_ms: percentileOf(counts, 0.95),
  };
}

/** The measures `ms_<upper end>`. */
function countsOf(sums: Sums): Map<number, bigint> {
  const named = Object.entries(sums).flatMap(([name, count]) => {
    const [, end] = /^ms_(\d+)$/.exec(name) ?? [];
    return end === undefined ? [] : [[Number(end), count] as const];
  });
  return new Map(named);
}
