import pg from 'pg';
import type { PatientClient } from '../src/demo/patient-client.ts';
import { expectStatus } from '../src/demo/patient-client.ts';
import type { Importer, Imports } from './order-imports.ts';

/** One line of the books: `2024-02-29 EUR 12345 of 7`, `EUR sku-3 995 for 5 in 2`. Text, so that a difference is read at once. */
export type BookLine = string;

/** What the database says and what reporting says of the same orders: equal texts, in the same order. */
export interface RevenueBooks {
  /** Per tenant, then all tenants together under `everybody`. */
  readonly fromOrders: Readonly<Record<string, readonly BookLine[]>>;
  readonly fromReports: Readonly<Record<string, readonly BookLine[]>>;
  /** Orders that reporting has counted, of all tenants. */
  readonly counted: number;
}

interface Sum {
  readonly date: string;
  readonly currency: string;
  readonly gross_cents: number | string;
  readonly orders: number;
}

interface SkuSum {
  readonly currency: string;
  readonly sku: string;
  readonly gross_cents: number | string;
  readonly quantity: number | string;
  readonly orders: number;
}

const everybody = 'everybody';
const period = 'from=2023-01-01&to=2027-12-31';
/** As much as a report by SKU may look at. */
const skuPeriod = 'from=2024-01-01&to=2024-12-31&limit=5000';

/** Adds up the orders in PostgreSQL, and asks reporting for the same: through the gateway, as each tenant and as the operator. */
export async function readRevenueBooks(env: Record<string, string>, imports: Imports): Promise<RevenueBooks> {
  const { operator, tenants } = imports;
  const reportsOf = async ({ tenantId, client }: Importer) => {
    const revenue = itemsOf<Sum>(client, `/reports/revenue?${period}`);
    const skus = itemsOf<SkuSum>(client, `/reports/skus?${skuPeriod}`);
    return [tenantId, [...(await revenue).map(lineOf), ...(await skus).map(skuLineOf).sort()]] as const;
  };
  const [orders, reports, together] = await Promise.all([
    readOrders(env['DATABASE_URL']!),
    Promise.all(tenants.map(reportsOf)),
    itemsOf<Sum>(operator, `/operator/reports/revenue?${period}`),
  ]);
  const ordersOf = ({ tenantId }: Importer) => {
    const ours = ({ tenant_id }: { tenant_id: string | null }) => tenant_id === tenantId;
    return [tenantId, [...orders.sums.filter(ours).map(lineOf), ...orders.skus.filter(ours).map(skuLineOf).sort()]];
  };
  const all = orders.sums.filter(({ tenant_id }) => tenant_id === null).map(lineOf);
  return {
    fromOrders: { ...Object.fromEntries(tenants.map(ordersOf)), [everybody]: all },
    fromReports: { ...Object.fromEntries(reports), [everybody]: together.map(lineOf) },
    counted: together.reduce((sum, { orders: count }) => sum + count, 0),
  };
}

const lineOf = ({ date, currency, gross_cents, orders }: Sum): BookLine =>
  `${date} ${currency} ${gross_cents} of ${orders}`;
const skuLineOf = ({ currency, sku, gross_cents, quantity, orders }: SkuSum): BookLine =>
  `${currency} ${sku} ${gross_cents} for ${quantity} in ${orders}`;

/** Per tenant; sums with `tenant_id` null are those of all tenants. */
async function readOrders(connectionString: string) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows: sums } = await client.query<Sum & { tenant_id: string | null }>(
      `SELECT tenant_id, to_char(completed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS date, currency,
         sum(total_cents)::text AS gross_cents, count(*)::int AS orders
       FROM orders WHERE status = 'completed'
       GROUP BY GROUPING SETS ((1, 2, 3), (2, 3)) ORDER BY 1, 2, 3`,
    );
    const { rows: skus } = await client.query<SkuSum & { tenant_id: string }>(
      `SELECT tenant_id, currency, sku, sum(qty * unit_price_cents)::text AS gross_cents, sum(qty)::text AS quantity,
         count(DISTINCT order_id)::int AS orders
       FROM orders JOIN order_lines USING (tenant_id, order_id)
       WHERE status = 'completed' AND date_part('year', completed_at AT TIME ZONE 'UTC') = 2024
       GROUP BY 1, 2, 3`,
    );
    return { sums, skus };
  } finally {
    await client.end();
  }
}

async function itemsOf<Item>(client: PatientClient, path: string): Promise<Item[]> {
  const { body } = expectStatus(await client.send({ method: 'GET', path }), `GET ${path}`, 200);
  expect(body.next_cursor).toBeNull();
  return body.items;
}
