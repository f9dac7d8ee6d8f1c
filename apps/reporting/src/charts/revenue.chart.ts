import { rounded } from '../answer/exact.domain.ts';
import type { Asked } from '../period/asked.ts';
import type { RevenueItem } from '../revenue/revenue-report.domain.ts';
import { chartByCurrency, type Frame } from './by-currency.ts';
import type { Answer, Chart, Figure } from './chart-data.ts';
import { barsOption } from './panels.ts';
import type { Panel } from './picture.ts';
import { coloursOf } from './themes.ts';
import { count, counted, intervalName, moneyFormat, roundMoney, ticksOf, wholeUnits } from './words.ts';

/** The revenue of a period: a bar for each interval, a panel for each currency. */
export function revenueChart(answer: Answer<RevenueItem>, asked: Asked): Chart {
  return chartByCurrency(answer, asked, {
    title: 'Revenue',
    weight: (items) => items.reduce((sum, { orders }) => sum + orders, 0),
    emptyOf: (inCurrency) => [
      `No order${inCurrency} was completed in this period.`,
      'Choose another period, or complete an order: it is here a moment later.',
    ],
    mostFigures: 3,
    ...{ panelOf, figureOf, tableOf },
  });
}

function panelOf(currency: string, items: readonly RevenueItem[], { steps, asked, theme }: Frame): Panel {
  const byDate = new Map(items.map((item) => [item.date, item]));
  const colours = coloursOf(theme);
  const amount = moneyFormat(currency);
  const { gross, orders } = sumOf(items);
  return {
    heading: currency,
    detail: `${amount(gross)} from ${counted(orders, 'order')}`,
    option: barsOption({
      ticks: ticksOf(steps, asked.interval),
      series: [
        {
          name: currency,
          values: steps.map((date) => wholeUnits(byDate.get(date)?.gross_cents ?? 0, currency)),
          colour: colours.main,
        },
      ],
      axisText: roundMoney(currency),
      colours,
    }),
    markTitle(_series, entry) {
      const date = steps[entry]!;
      const item = byDate.get(date);
      const said = item ? `${amount(item.gross_cents)} from ${counted(item.orders, 'order')}` : 'nothing';
      return `${intervalName(date, asked.interval)}: ${said}`;
    },
  };
}

function figureOf(currency: string, items: readonly RevenueItem[]): Figure {
  const amount = moneyFormat(currency);
  const { gross, orders } = sumOf(items);
  return {
    label: `Revenue in ${currency}`,
    value: amount(gross),
    detail: `${counted(orders, 'order')}, ${amount(rounded(gross, BigInt(orders)))} on average`,
  };
}

function tableOf(items: readonly RevenueItem[], { interval }: Asked): Chart['table'] {
  const formats = new Map(items.map(({ currency }) => [currency, moneyFormat(currency)]));
  return {
    columns: [
      { name: interval },
      { name: 'currency' },
      { name: 'gross', isNumber: true },
      { name: 'orders', isNumber: true },
    ],
    rows: items.map(({ date, currency, gross_cents, orders }) => [
      intervalName(date, interval),
      currency,
      formats.get(currency)!(gross_cents),
      count(orders),
    ]),
  };
}

function sumOf(items: readonly RevenueItem[]): { gross: bigint; orders: number } {
  return {
    gross: items.reduce((sum, item) => sum + BigInt(item.gross_cents), 0n),
    orders: items.reduce((sum, item) => sum + item.orders, 0),
  };
}
