import { problem } from '@atlas/platform';
import type { z } from 'zod';
import { type Asked, askedQuery, resolvePeriod } from '../period/asked.ts';
import type { Chart, ReportSource } from './chart-data.ts';
import { revenueChart } from './revenue.chart.ts';
import { sagasChart } from './sagas.chart.ts';
import { stepCount, usualInterval } from './steps.domain.ts';
import { subscriptionsChart } from './subscriptions.chart.ts';

/** A report that has a picture: `<name>.svg`, beside its numbers under `<name>`. */
export interface ChartKind {
  readonly name: 'revenue' | 'subscriptions' | 'sagas';
  /** Whether it can be asked for one currency alone. */
  readonly byCurrency: boolean;
  /** Of all tenants together when `who` is undefined. Rejects with problems. */
  chart(who: string | undefined, asked: Asked): Promise<Chart>;
}

/** The reports that the page shows, in the order in which it does. */
export function createChartKinds(reports: ReportSource): readonly ChartKind[] {
  return [
    {
      name: 'revenue',
      byCurrency: true,
      chart: async (who, asked) => revenueChart(await reports.revenue(who, asked), asked),
    },
    {
      name: 'subscriptions',
      byCurrency: true,
      chart: async (who, asked) => subscriptionsChart(await reports.subscriptions(who, asked), asked),
    },
    {
      name: 'sagas',
      byCurrency: false,
      chart: async (who, { from, to, interval }) => {
        const asked = { from, to, interval };
        return sagasChart(await reports.sagas(who, asked), asked);
      },
    },
  ];
}

/** As the reports have it, but without an interval: a picture then takes the one that suits its period. */
export const pictureQuery = askedQuery.extend({ interval: askedQuery.shape.interval.unwrap().optional() });

/** More than a picture has room for; to draw them would keep the process busy for nothing. */
const mostSteps = 800;

/** What a picture is asked for, complete. Throws the 400 problem INVALID_QUERY for a period that is none, too long, or of too many intervals. */
export function askedOf(query: z.output<typeof pictureQuery>, now: Date): Asked {
  const { from, to, interval, currency } = query;
  const period = resolvePeriod({ from, to }, now);
  const asked = { ...period, interval: interval ?? usualInterval(period), ...(currency !== undefined && { currency }) };
  const steps = stepCount(asked);
  if (steps <= mostSteps) return asked;
  const message = `must be longer: this period has ${steps} of them, and a picture shows ${mostSteps} at most`;
  const errors = [{ path: 'interval', message }];
  throw problem(400, 'INVALID_QUERY', 'The query is not what this endpoint expects.', { errors });
}
