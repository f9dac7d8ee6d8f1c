import { Router } from 'express';
import { z } from 'zod';
import { pageFields } from './answer/page.ts';
import { addReport } from './answer/report-route.ts';
import { askedQuery, currencyField, intervalField, mostDays, periodFields } from './period/asked.ts';
import type { Reports } from './reports.ts';
import { rankings } from './skus/skus-report.domain.ts';

const overTime = askedQuery.extend(pageFields);
const sagasQuery = z.strictObject({ ...periodFields, interval: intervalField, ...pageFields });
const skusQuery = z.strictObject({
  ...periodFields,
  currency: currencyField.optional(),
  by: z.enum(rankings, `must be one of ${rankings.join(', ')}`).default('gross'),
  ...pageFields,
});

/** A year of a shop has hundreds of thousands of rows by SKU, and each request adds them up. */
const mostDaysOfSkus = 366;
const usualSkus = 20;

/** The reports as JSON and CSV, for tenants and for operators. */
export function reportRoutes({ reports, clock }: { reports: Reports; clock: () => Date }): Router {
  const router = Router();
  const byDateAndCurrency = { query: overTime, mostDays, placeOf: placeInTime };
  addReport(
    router,
    {
      ...byDateAndCurrency,
      name: 'revenue',
      columns: ['date', 'currency', 'gross_cents', 'orders', 'average_cents'],
      ask: reports.revenue,
    },
    clock,
  );
  addReport(
    router,
    {
      ...byDateAndCurrency,
      name: 'charges',
      columns: ['date', 'currency', 'charged_cents', 'charges', 'reversed_cents', 'reversals', 'net_cents'],
      ask: reports.charges,
    },
    clock,
  );
  addReport(
    router,
    {
      ...byDateAndCurrency,
      name: 'subscriptions',
      columns: ['date', 'currency', 'active', 'new', 'cancelled', 'ended', 'mrr_cents'],
      ask: reports.subscriptions,
    },
    clock,
  );
  addReport(
    router,
    {
      name: 'sagas',
      query: sagasQuery,
      mostDays,
      columns: ['date', 'activated', 'reversed', 'failed', 'mean_ms', 'p50_ms', 'p95_ms'],
      placeOf: ({ date }) => date,
      ask: reports.sagas,
    },
    clock,
  );
  addReport(
    router,
    {
      name: 'skus',
      query: skusQuery,
      mostDays: mostDaysOfSkus,
      usualItems: usualSkus,
      ofOneTenant: true,
      columns: ['rank', 'sku', 'currency', 'gross_cents', 'quantity', 'orders'],
      placeOf: ({ rank, currency }) => `${String(rank).padStart(9, '0')} ${currency}`,
      ask: reports.skus,
    },
    clock,
  );
  return router;
}

function placeInTime({ date, currency }: { date: string; currency: string }): string {
  return `${date} ${currency}`;
}
