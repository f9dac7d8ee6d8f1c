/** The completed orders of one day in one currency. */
export interface DayRevenue {
  readonly currency: string;
  readonly gross_cents: number;
  readonly orders: number;
}

/** What is read of an order to count it. */
export interface CountedOrder {
  readonly currency: string;
  readonly total_cents: number;
  /** An instant, or null for a draft. */
  readonly completed_at: string | null;
}

/** The UTC day of an instant: '2026-11-22'. */
export const dayOf = (instant: string): string => new Date(instant).toISOString().slice(0, 10);

/** The sum of the orders that were completed on `day` (UTC), per currency, in the order of the currencies. */
export function sumOfOrders(orders: readonly CountedOrder[], day: string): DayRevenue[] {
  const completed = orders.filter((order) => order.completed_at !== null && dayOf(order.completed_at) === day);
  return [...Map.groupBy(completed, ({ currency }) => currency)]
    .map(([currency, those]) => ({
      currency,
      gross_cents: those.reduce((sum, { total_cents }) => sum + total_cents, 0),
      orders: those.length,
    }))
    .sort((a, b) => a.currency.localeCompare(b.currency));
}

/** What the projection says otherwise than the orders do, one line each; nothing when they are equal to the cent. */
export function revenueDifferences(ofOrders: readonly DayRevenue[], ofProjection: readonly DayRevenue[]): string[] {
  const currencies = [...new Set([...ofOrders, ...ofProjection].map(({ currency }) => currency))].sort();
  const said = (rows: readonly DayRevenue[], currency: string): string => {
    const row = rows.find((each) => each.currency === currency);
    return row === undefined ? 'nothing' : `${row.gross_cents} cents of ${row.orders}`;
  };
  return currencies.flatMap((currency) => {
    const [orders, projection] = [said(ofOrders, currency), said(ofProjection, currency)];
    return orders === projection
      ? []
      : [`${currency}: the orders come to ${orders}, the projection says ${projection}`];
  });
}
