import { type Interval, startOf } from '../period/period.domain.ts';

/** Measures of a projection, added up. */
export type Sums = Readonly<Record<string, bigint>>;

/** A row as the reader of projections gives it. */
export interface Row {
  readonly row: readonly string[];
  readonly measures: Sums;
}

/** What one interval has for one key, a currency mostly. */
export interface Cell {
  /** The first day of the interval. */
  readonly date: string;
  readonly key: string;
  readonly sums: Sums;
}

/** A measure that was never added is 0. */
export const measure = (sums: Sums, name: string): bigint => sums[name] ?? 0n;

/** Adds measure by measure. */
export function plus(one: Sums, other: Sums): Sums {
  const sums: Record<string, bigint> = { ...one };
  for (const [name, amount] of Object.entries(other)) sums[name] = (sums[name] ?? 0n) + amount;
  return sums;
}

/** Sums by a key, in the order of the keys. */
export function sumBy<T>(items: Iterable<T>, keyOf: (item: T) => string, sumsOf: (item: T) => Sums): [string, Sums][] {
  const byKey = new Map<string, Sums>();
  for (const item of items) byKey.set(keyOf(item), plus(byKey.get(keyOf(item)) ?? {}, sumsOf(item)));
  return [...byKey].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** Rows added up by interval and key, in the order of both. The first dimension of a row is its day. */
export function cellsOf(rows: Iterable<Row>, interval: Interval, keyOf: (row: readonly string[]) => string): Cell[] {
  const placed = [...rows].map(({ row, measures }) => ({
    cell: `${startOf(interval, row[0]!)} ${keyOf(row)}`,
    measures,
  }));
  return sumBy(
    placed,
    ({ cell }) => cell,
    ({ measures }) => measures,
  ).map(([cell, sums]) => ({ date: cell.slice(0, 10), key: cell.slice(11), sums }));
}
