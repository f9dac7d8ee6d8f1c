import type { Interval, Period } from '../period/period.domain.ts';
import type { SagasItem } from '../sagas/sagas-report.domain.ts';
import type { Answer, Chart } from './chart-data.ts';
import { barsOption, linesOption } from './panels.ts';
import type { Panel } from './picture.ts';
import { stepsOf } from './steps.domain.ts';
import { coloursOf, type Theme } from './themes.ts';
import { count, duration, freshness, intervalName, periodName, roundCount, ticksOf } from './words.ts';

const outcomes = ['activated', 'reversed', 'failed'] as const;
const times = [
  { name: 'half of them within', of: 'p50_ms', look: 'plain', colour: 'main' },
  { name: '95 of 100 within', of: 'p95_ms', look: 'dashed', colour: 'undone' },
] as const;

interface Drawn {
  readonly steps: readonly string[];
  readonly items: readonly SagasItem[];
  readonly byDate: ReadonlyMap<string, SagasItem>;
  readonly interval: Interval;
}

/** How the purchases of plans ended, and how long that took. */
export function sagasChart(answer: Answer<SagasItem>, asked: Period & { readonly interval: Interval }): Chart {
  const { items } = answer;
  const byDate = new Map(items.map((item) => [item.date, item]));
  const drawn: Drawn = { items, byDate, interval: asked.interval, steps: stepsOf(asked) };
  return {
    ...{ as_of: answer.as_of, lag_seconds: answer.lag_seconds },
    picture: (theme) => ({
      title: 'Purchases of plans',
      subtitle: periodName(asked),
      panels: items.length === 0 ? [] : [outcomesPanel(drawn, theme), timesPanel(drawn, theme)],
      empty: [
        'No purchase of a plan ended in this period.',
        'Choose another period, or buy a plan: its outcome is here a moment later.',
      ],
      footer: freshness(answer),
    }),
    figures: items.length === 0 ? [] : [figureOf(items)],
    table: tableOf(items, asked.interval),
  };
}

function outcomesPanel({ steps, byDate, items, interval }: Drawn, theme: Theme): Panel {
  const colours = coloursOf(theme);
  const looks = {
    activated: { colour: colours.good, look: 'plain' },
    reversed: { colour: colours.undone, look: 'stripes' },
    failed: { colour: colours.bad, look: 'dots' },
  } as const;
  return {
    heading: 'Outcomes',
    detail: outcomes.map((outcome) => `${count(total(items, outcome))} ${outcome}`).join(', '),
    option: barsOption({
      ticks: ticksOf(steps, interval),
      series: outcomes.map((outcome) => ({
        name: outcome,
        values: steps.map((date) => byDate.get(date)?.[outcome] ?? 0),
        ...looks[outcome],
      })),
      ...{ axisText: roundCount, colours, whole: true },
    }),
    markTitle(series, entry) {
      const outcome = outcomes[series]!;
      const date = steps[entry]!;
      return `${intervalName(date, interval)}: ${count(byDate.get(date)?.[outcome] ?? 0)} ${outcome}`;
    },
  };
}

function timesPanel({ steps, byDate, items, interval }: Drawn, theme: Theme): Panel {
  const colours = coloursOf(theme);
  const slowest = items.reduce((most, { p95_ms }) => Math.max(most, p95_ms ?? 0), 0);
  return {
    heading: 'Time from request to outcome',
    detail: slowest === 0 ? 'not known' : `95 of 100 within ${duration(slowest)}, on the slowest ${interval}`,
    option: linesOption({
      ticks: ticksOf(steps, interval),
      series: times.map(({ name, of, look, colour }) => ({
        ...{ name, look, colour: colours[colour] },
        values: steps.map((date) => byDate.get(date)?.[of] ?? null),
      })),
      ...{ axisText: duration, colours },
    }),
    markTitle(series, entry) {
      const { name, of } = times[series]!;
      const date = steps[entry]!;
      return `${intervalName(date, interval)}: ${name} ${durationOf(byDate.get(date)?.[of] ?? null)}`;
    },
  };
}

function figureOf(items: readonly SagasItem[]): Chart['figures'][number] {
  const [activated, reversed, failed] = outcomes.map((outcome) => total(items, outcome)) as [number, number, number];
  return {
    label: 'Purchases of plans',
    value: `${count(activated)} of ${count(activated + reversed + failed)}`,
    detail: `activated; ${count(reversed)} reversed, ${count(failed)} failed`,
  };
}

function tableOf(items: readonly SagasItem[], interval: Interval): Chart['table'] {
  const names = [...outcomes, 'mean time', 'half within', '95 of 100 within'];
  return {
    columns: [{ name: interval }, ...names.map((name) => ({ name, isNumber: true as const }))],
    rows: items.map((item) => [
      intervalName(item.date, interval),
      ...outcomes.map((outcome) => count(item[outcome])),
      ...[item.mean_ms, item.p50_ms, item.p95_ms].map(durationOf),
    ]),
  };
}

function total(items: readonly SagasItem[], outcome: (typeof outcomes)[number]): number {
  return items.reduce((sum, item) => sum + item[outcome], 0);
}

function durationOf(ms: number | null): string {
  return ms === null ? 'not known' : duration(ms);
}
