import { z } from 'zod';
import { type Operation, operation } from '../edge/openapi/operation.ts';
import { currencyField, intervalField, reportFields } from './revenue.feature.ts';

const date = z.iso.date().meta({ description: 'The first day of the interval, UTC.' });
const currency = z.string().meta({ example: 'EUR' });
const format = z.enum(['json', 'csv']).optional().meta({ description: 'Or by the header `Accept: text/csv`.' });

const overTime = { ...reportFields, currency: currencyField, interval: intervalField, format };
const tenant = z.string().min(1).max(128);

const money = {
  gross_cents: z.int(),
  orders: z.int(),
  average_cents: z.int().meta({ description: 'Half a cent is rounded up.' }),
};
const charges = {
  charged_cents: z.int(),
  charges: z.int(),
  reversed_cents: z.int(),
  reversals: z.int(),
  net_cents: z.int(),
};
const subscriptions = {
  active: z.int().meta({ description: 'At the end of the interval.' }),
  new: z.int(),
  cancelled: z.int(),
  ended: z.int().meta({ description: 'Because the charge that paid them was reversed.' }),
  mrr_cents: z.int().meta({ description: 'Monthly recurring revenue at the end; of a yearly price a twelfth.' }),
};
const ms = z.int().nullable();
const sagas = {
  activated: z.int(),
  reversed: z.int(),
  failed: z.int().meta({ description: 'Refused by the payment provider.' }),
  mean_ms: ms.meta({ description: 'From the request to its outcome.' }),
  p50_ms: ms.meta({ description: 'A tenth too high at most.' }),
  p95_ms: ms,
};
const sku = {
  rank: z.int().meta({ description: '1 for the first of its currency.' }),
  sku: z.string(),
  currency,
  gross_cents: z.int(),
  quantity: z.int(),
  orders: z.int(),
};

/** An answer of these items, with totals over all pages. */
function report<I extends z.ZodRawShape, T extends z.ZodRawShape>(id: string, item: I, total: T) {
  return z
    .object({
      items: z.array(z.object(item)),
      totals: z.array(z.object(total)).meta({ description: 'Over the whole period, whatever the page.' }),
      next_cursor: z.string().nullable(),
      as_of: z.iso
        .datetime()
        .nullable()
        .meta({ description: 'Timestamp of the newest event counted. Older ones may still be on their way.' }),
      lag_seconds: z.number().nullable().meta({ description: 'How long after it happened that event was counted.' }),
    })
    .meta({ id });
}

const headers = {
  'Atlas-As-Of': '`as_of` of the answer.',
  'Atlas-Lag-Seconds': '`lag_seconds` of the answer.',
  ETag: 'Weak: of the figures, not of how far they are.',
  Link: 'The next page, with `rel="next"`.',
};

interface Described {
  readonly name: string;
  readonly id: string;
  readonly summary: string;
  readonly description: string;
  readonly query: z.ZodRawShape;
  readonly body: z.ZodType;
  /** Only of one tenant, which an operator has to name. */
  readonly ofOneTenant?: true;
}

/** A report as a tenant's people see it, and as an operator does. */
function bothOf({ name, id, summary, description, query, body, ofOneTenant }: Described): Operation[] {
  const csv = z.string().meta({ description: 'RFC 4180, with a header line; all of them unless `limit` is given.' });
  const same = {
    ...({ method: 'get', description } as const),
    responses: {
      200: { description: 'The report.', body, alsoAs: { 'text/csv': csv }, headers },
      304: { description: 'Nothing has changed since the ETag in `If-None-Match`.' },
    },
    problems: {
      400: ['INVALID_CURSOR'],
      410: ['CURSOR_EXPIRED', 'PROJECTION_RETIRED'],
      422: ['AMOUNT_TOO_LARGE'],
      503: ['SERVICE_UNAVAILABLE', 'PROJECTION_BUILDING'],
    },
  };
  const tenant_id = (ofOneTenant ? tenant : tenant.optional()).meta({ description: 'All workspaces without it.' });
  return [
    operation({
      ...{ ...same, id, summary, tag: 'Reports', path: `/reports/${name}`, query: z.strictObject(query) },
      access: { roles: ['owner', 'member', 'operator'], scope: 'reports:read' },
    }),
    operation({
      ...{ ...same, id: `${id}OfWorkspaces`, tag: 'Operator', path: `/operator/reports/${name}` },
      summary: `${summary}, of any workspace`,
      query: z.strictObject({ ...query, tenant_id }),
      access: { roles: ['operator'] },
    }),
  ];
}

const usual =
  'Both days are included; the last 30 days when nothing is said, five years (1,830 days) at most. Dates are UTC, weeks begin on Monday.';

/** The routes behind `/reports` and `/operator/reports`. */
export const reportOperations = [
  ...bothOf({
    ...{ name: 'revenue', id: 'getRevenue', query: overTime },
    summary: 'Revenue of completed orders by day, week or month, and currency',
    description: `By the date of completion. ${usual} Intervals without an order are left out.`,
    body: report('Revenue', { date, currency, ...money }, { currency, ...money }),
  }),
  ...bothOf({
    ...{ name: 'skus', id: 'getTopSkus', ofOneTenant: true },
    summary: 'The SKUs that were sold most, within their currency',
    description: 'By gross amount or by quantity. The last 30 days when nothing is said, 366 days at most.',
    query: { ...reportFields, currency: currencyField, by: z.enum(['gross', 'quantity']).default('gross'), format },
    body: report('TopSkus', sku, { currency, skus: z.int(), gross_cents: z.int(), quantity: z.int() }),
  }),
  ...bothOf({
    ...{ name: 'charges', id: 'getCharges', query: overTime },
    summary: 'Money of plans: charged, given back, and what is left',
    description: `Charges by their own date, reversals by theirs. ${usual}`,
    body: report('Charges', { date, currency, ...charges }, { currency, ...charges }),
  }),
  ...bothOf({
    ...{ name: 'subscriptions', id: 'getSubscriptions', query: overTime },
    summary: 'Subscriptions and what they bring in a month, over time',
    description: `A line for every interval up to today, also when nothing happened in it. ${usual}`,
    body: report('Subscriptions', { date, currency, ...subscriptions }, { currency, ...subscriptions }),
  }),
  ...bothOf({
    ...{ name: 'sagas', id: 'getSagaOutcomes', query: { ...reportFields, interval: intervalField, format } },
    summary: 'How requests for a plan came out, and how long that took',
    description: `By the date of the outcome. ${usual}`,
    body: report('SagaOutcomes', { date, ...sagas }, sagas),
  }),
];
