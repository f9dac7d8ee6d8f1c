import { exact, rounded } from '../answer/exact.domain.ts';
import { cellsOf, measure, plus, type Row, sumBy, type Sums } from '../answer/sums.domain.ts';
import { type Interval, type Period, startAfter, startOf } from '../period/period.domain.ts';

export interface SubscriptionsItem {
  readonly date: string;
  readonly currency: string;
  /** At the end of the interval. */
  readonly active: number;
  /** Within the interval, as `cancelled` and `ended`. */
  readonly new: number;
  readonly cancelled: number;
  readonly ended: number;
  /** What the active ones pay in a month, at the end of the interval; of a yearly price a twelfth, rounded over all of them. */
  readonly mrr_cents: number;
}

const monthsOfYear = 12n;

/**
 * How many subscriptions there were and what they brought in, by interval and currency. `rows` are all up to the end of the
 * period, from the very first, because what is active is the sum of everything before. Each currency has a line for every interval
 * from its first subscription on, also when nothing happened, until `today`. Throws AmountTooLargeError.
 */
export function subscriptionsReport(
  rows: readonly Row[],
  { from, to, interval, today }: Period & { interval: Interval; today: string },
) {
  const before = new Map(byCurrency(rows.filter(({ row }) => row[0]! < from)));
  const within = rows.filter(({ row }) => row[0]! >= from);
  const cells = cellsOf(within, interval, ([, currency]) => currency!);
  const last = lastStart(cells, { to: to < today ? to : today, interval });
  const currencies = [...new Set([...before.keys(), ...cells.map(({ key }) => key)])].sort();
  const items = currencies.flatMap((currency) => {
    const own = new Map(cells.filter(({ key }) => key === currency).map(({ date, sums }) => [date, sums]));
    const start = before.has(currency) ? startOf(interval, from) : ([...own.keys()][0] ?? last);
    return line({ currency, standing: before.get(currency) ?? {}, own, start, last, interval });
  });
  items.sort((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1));
  const changes = new Map(byCurrency(within));
  const totals = currencies.map((currency) => {
    const change = changes.get(currency) ?? {};
    return { currency, ...figures(plus(before.get(currency) ?? {}, change), change) };
  });
  return { items, totals };
}

/** One currency over time. Dates are text that sorts. */
function line(of: {
  currency: string;
  standing: Sums;
  own: ReadonlyMap<string, Sums>;
  start: string;
  last: string;
  interval: Interval;
}): SubscriptionsItem[] {
  const items: SubscriptionsItem[] = [];
  let standing = of.standing;
  for (let date = of.start; date <= of.last; date = startAfter(of.interval, date)) {
    const change = of.own.get(date) ?? {};
    standing = plus(standing, change);
    items.push({ date, currency: of.currency, ...figures(standing, change) });
  }
  return items;
}

function figures(standing: Sums, change: Sums) {
  const yearly = rounded(
    monthsOfYear * measure(standing, 'month_cents') + measure(standing, 'year_cents'),
    monthsOfYear,
  );
  return {
    active: exact(measure(standing, 'active')),
    new: exact(measure(change, 'new')),
    cancelled: exact(measure(change, 'cancelled')),
    ended: exact(measure(change, 'ended')),
    mrr_cents: exact(yearly),
  };
}

/** Until today, and further where clocks of others are ahead of ours and something has happened there. */
function lastStart(cells: readonly { date: string }[], { to, interval }: { to: string; interval: Interval }): string {
  const usual = startOf(interval, to);
  const latest = cells.at(-1)?.date ?? usual;
  return latest > usual ? latest : usual;
}

function byCurrency(rows: readonly Row[]) {
  return sumBy(
    rows,
    ({ row }) => row[1]!,
    ({ measures }) => measures,
  );
}

const placeOf = ({ date, currency }: SubscriptionsItem): string => `${date} ${currency}`;
