import type { Asked } from '../period/asked.ts';
import type { SubscriptionsItem } from '../subscriptions/subscriptions-report.domain.ts';
import { chartByCurrency, type Frame } from './by-currency.ts';
import type { Answer, Chart, Figure } from './chart-data.ts';
import { linesOption } from './panels.ts';
import type { Panel } from './picture.ts';
import { coloursOf } from './themes.ts';
import { count, intervalName, moneyFormat, roundMoney, ticksOf, wholeUnits } from './words.ts';

const changes = ['new', 'cancelled', 'ended'] as const;

/** Monthly recurring revenue through a period: a line that holds its height until something changes, a panel for each currency. */
export function subscriptionsChart(answer: Answer<SubscriptionsItem>, asked: Asked): Chart {
  return chartByCurrency(answer, asked, {
    title: 'Monthly recurring revenue',
    weight: (items) => items.at(-1)?.active ?? 0,
    emptyOf: (inCurrency) => [
      `No plan${inCurrency} was active in this period.`,
      'Choose another period, or buy a plan: it is here a moment later.',
    ],
    mostFigures: 2,
    ...{ panelOf, figureOf, tableOf },
  });
}

function panelOf(currency: string, items: readonly SubscriptionsItem[], { steps, asked, theme }: Frame): Panel {
  const byDate = new Map(items.map((item) => [item.date, item]));
  const colours = coloursOf(theme);
  const amount = moneyFormat(currency);
  const last = items.at(-1);
  const sum = (of: (typeof changes)[number]) => items.reduce((total, item) => total + item[of], 0);
  return {
    heading: currency,
    detail:
      `${amount(last?.mrr_cents ?? 0)} a month and ${count(last?.active ?? 0)} active at the end; ` +
      changes.map((change) => `${count(sum(change))} ${change}`).join(', '),
    option: linesOption({
      ticks: ticksOf(steps, asked.interval),
      series: [
        {
          name: currency,
          // Nothing before the first subscription and nothing after today.
          values: steps.map((date) => valueOf(byDate.get(date), currency)),
          colour: colours.main,
        },
      ],
      axisText: roundMoney(currency),
      colours,
      steps: true,
    }),
    markTitle(_series, entry) {
      const date = steps[entry]!;
      const item = byDate.get(date);
      const said = item ? `${amount(item.mrr_cents)} a month, ${count(item.active)} active` : 'nothing';
      return `${intervalName(date, asked.interval)}: ${said}`;
    },
  };
}

function valueOf(item: SubscriptionsItem | undefined, currency: string): number | null {
  return item === undefined ? null : wholeUnits(item.mrr_cents, currency);
}

function figureOf(currency: string, items: readonly SubscriptionsItem[]): Figure {
  const last = items.at(-1)!;
  return {
    label: `Recurring in ${currency}, a month`,
    value: moneyFormat(currency)(last.mrr_cents),
    detail: `${count(last.active)} active at the end`,
  };
}

function tableOf(items: readonly SubscriptionsItem[], { interval }: Asked): Chart['table'] {
  const formats = new Map(items.map(({ currency }) => [currency, moneyFormat(currency)]));
  return {
    columns: [
      { name: interval },
      { name: 'currency' },
      { name: 'a month', isNumber: true },
      ...['active', ...changes].map((name) => ({ name, isNumber: true as const })),
    ],
    rows: items.map((item) => [
      intervalName(item.date, interval),
      item.currency,
      formats.get(item.currency)!(item.mrr_cents),
      count(item.active),
      ...changes.map((change) => count(item[change])),
    ]),
  };
}
