import type { Asked } from '../period/asked.ts';
import type { Answer, Chart, Figure, Table } from './chart-data.ts';
import type { Panel } from './picture.ts';
import { stepsOf } from './steps.domain.ts';
import type { Theme } from './themes.ts';
import { freshness, periodName } from './words.ts';

/** More than these are named and not drawn: a picture of thirty charts is read by nobody. */
const mostDrawn = 6;

/** What is drawn, and the currencies that are not. */
interface Ranked<Item> {
  readonly drawn: readonly (readonly [currency: string, items: readonly Item[]])[];
  readonly others: readonly string[];
}

/**
 * Amounts of two currencies have no common axis and no sum, so each has a chart of its own: those with the highest `weight`
 * first, six at most.
 */
function byCurrency<Item extends { readonly currency: string }>(
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
function noteOf({ drawn, others }: Ranked<unknown>): string | undefined {
  if (others.length === 0) return undefined;
  const named = others.slice(0, 12).join(', ') + (others.length > 12 ? ', …' : '');
  return `The ${drawn.length} busiest of ${drawn.length + others.length} currencies; ask for one to see it: ${named}`;
}

/** What a panel of one currency is drawn with. */
export interface Frame {
  /** The first days of all intervals. */
  readonly steps: readonly string[];
  readonly asked: Asked;
  readonly theme: Theme;
}

export interface CurrencyChart<Item> {
  readonly title: string;
  /** How much a currency has to say: the six that have most are drawn. */
  readonly weight: (items: readonly Item[]) => number;
  readonly panelOf: (currency: string, items: readonly Item[], frame: Frame) => Panel;
  readonly figureOf: (currency: string, items: readonly Item[]) => Figure;
  readonly mostFigures: number;
  readonly tableOf: (items: readonly Item[], asked: Asked) => Table;
  /** What is said when there is nothing; `inCurrency` is " in EUR" when that was asked for, else nothing. */
  readonly emptyOf: (inCurrency: string) => readonly string[];
}

/** A report by currency as a chart with a panel for each of them. */
export function chartByCurrency<Item extends { readonly currency: string }>(
  answer: Answer<Item>,
  asked: Asked,
  { title, weight, panelOf, figureOf, mostFigures, tableOf, emptyOf }: CurrencyChart<Item>,
): Chart {
  const ranked = byCurrency(answer.items, weight);
  const steps = stepsOf(asked);
  return {
    ...{ as_of: answer.as_of, lag_seconds: answer.lag_seconds },
    picture: (theme) => ({
      ...{ title, subtitle: periodName(asked) },
      panels: ranked.drawn.map(([currency, items]) => panelOf(currency, items, { steps, asked, theme })),
      empty: emptyOf(asked.currency === undefined ? '' : ` in ${asked.currency}`),
      note: noteOf(ranked),
      footer: freshness(answer),
    }),
    figures: ranked.drawn.slice(0, mostFigures).map(([currency, items]) => figureOf(currency, items)),
    table: tableOf(answer.items, asked),
  };
}
