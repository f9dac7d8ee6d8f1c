/** More than these are named and not drawn: a picture of thirty charts is read by nobody. */
const mostDrawn = 6;

/** What is drawn, and the currencies that are not. */
export interface Ranked<Item> {
  readonly drawn: readonly (readonly [currency: string, items: readonly Item[]])[];
  readonly others: readonly string[];
}

/**
 * Amounts of two currencies have no common axis and no sum, so each has a chart of its own: those with the highest `weight`
 * first, six at most.
 */
export function byCurrency<Item extends { readonly currency: string }>(
  items: readonly Item[],
  weight: (items: readonly Item[]) => number,
): Ranked<Item> {
  const ranked = [...Map.groupBy(items, ({ currency }) => currency)]
    .map(([currency, own]) => ({ currency, own, weight: weight(own) }))
    .sort((one, other) => other.weight - one.weight || (one.currency < other.currency ? -1 : 1));
  return {
    drawn: ranked.slice(0, mostDrawn).map(({ currency, own }) => [currency, own] as const),
    others: ranked.slice(mostDrawn).map(({ currency }) => currency),
  };
}

/** What a picture says of the currencies that it does not draw. */
export function noteOf({ drawn, others }: Ranked<unknown>): string | undefined {
  if (others.length === 0) return undefined;
  const named = others.slice(0, 12).join(', ') + (others.length > 12 ? ', …' : '');
  return `The ${drawn.length} busiest of ${drawn.length + others.length} currencies; ask for one to see it: ${named}`;
}
