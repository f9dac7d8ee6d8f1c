import { composeEnvelopes, type Envelope, eventKeyOf, makeEnvelope } from '@atlas/event-contracts';
import { createDocumentClient, createDynamoClient, createMetrics, ensureTables } from '@atlas/platform';
import { captureLogs, stackVariable, testPrefix } from '@atlas/testing';
import { DeleteCommand, type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { v7 } from 'uuid';
import type { Build } from './control/control.domain.ts';
import { defineProjection, type Projection } from './projection.domain.ts';
import { createProjections, type Projections, type ProjectionsOptions } from './projections.ts';
import { projectionTableNames, projectionTables } from './tables.ts';

/** Revenue by day and currency, with the rows of all tenants. */
export const revenue = defineProjection({
  ...{ name: 'revenue', table: 'test-revenue', version: 1, events: ['order.completed.v1'] },
  ...{ dimensions: ['date', 'currency'], shards: 4, everyone: true },
  project: ({ payload }) => [
    {
      row: [payload.completed_at.slice(0, 10), payload.currency],
      add: { gross_cents: payload.total_cents ?? 0, orders: 1 },
    },
  ],
});

const skuChanges = ({ payload }: Parameters<typeof revenue.project>[0]) =>
  payload.line_items.map(({ sku, qty, unit_price_cents = 0 }) => ({
    row: [payload.completed_at.slice(0, 10), sku],
    add: { gross_cents: qty * unit_price_cents, quantity: qty },
  }));

/** Many rows per event, one item each. */
export const skus = defineProjection({
  ...{ name: 'skus', table: 'test-skus', version: 1, events: ['order.completed.v1'] },
  ...{ dimensions: ['date', 'sku'], shards: 2, everyone: false, project: skuChanges },
});

/** The same rows in shared items. */
export const packedSkus = defineProjection({ ...skus, name: 'packed-skus', table: 'test-packed-skus', packed: 4 });

/** Two events that move one row up and down. */
export const charges = defineProjection({
  ...{ name: 'charges', table: 'test-charges', version: 1, events: ['charge.succeeded.v1', 'charge.reversed.v1'] },
  ...{ dimensions: ['date'], shards: 1, everyone: true },
  project: ({ payload }) =>
    'reversed_at' in payload
      ? [{ row: [payload.reversed_at.slice(0, 10)], add: { net_cents: -payload.amount_cents, reversals: 1 } }]
      : [{ row: [payload.charged_at.slice(0, 10)], add: { net_cents: payload.amount_cents, charges: 1 } }],
});

export const allProjections: readonly Projection[] = [revenue, skus, packedSkus, charges];

interface Told {
  readonly tenant?: string;
  readonly id?: string;
  readonly day?: string;
  readonly timestamp?: string;
}

const meta = ({ tenant = 'tenant-1', id = v7(), timestamp = new Date().toISOString() }: Told) => ({
  ...{ id, timestamp, source: 'test', tenantId: tenant, subject: 's', sequence: 1 },
  ...{ correlationId: 'c', causationId: 'c' },
});

/** An order with these lines, as `[sku, quantity, unit price]`. */
export function order(
  lines: readonly (readonly [string, number, number])[],
  told: Told & { currency?: string } = {},
): Envelope {
  const { day = '2026-11-22', currency = 'EUR' } = told;
  const total_cents = lines.reduce((sum, [, qty, cents]) => sum + qty * cents, 0);
  const payload = {
    ...{ order_id: v7(), user_id: 'u', user_email: 'u@example.com', completed_at: `${day}T08:37:00.123Z`, currency },
    ...{ total: (total_cents / 100).toFixed(2), total_cents },
    line_items: lines.map(([sku, qty, unit_price_cents]) => ({ sku, qty, unit_price_cents })),
  };
  return makeEnvelope('order.completed', payload, meta(told));
}

/** Money taken, or given back. */
export function charge(amount_cents: number, told: Told & { reversed?: boolean } = {}): Envelope {
  const at = `${told.day ?? '2026-11-22'}T12:00:00.000Z`;
  const who = { charge_id: v7(), account_id: told.tenant ?? 'tenant-1', plan_id: 'team', requested_at: at };
  const said = { ...who, user_id: 'u', user_email: 'u@example.com' };
  if (told.reversed) {
    return makeEnvelope(
      'charge.reversed',
      { ...said, amount_cents, currency: 'EUR', reason: 'r', reversed_at: at },
      meta(told),
    );
  }
  const succeeded = { ...said, amount: { cents: amount_cents, currency: 'EUR' }, charged_at: at };
  // The first major, which is what these projections hear.
  return composeEnvelopes('charge.succeeded', succeeded, meta(told)).at(-1)!;
}

/** What a projection must hold: every distinct event once, `<tenant or *> <row> <measure>` -> sum. */
export function folded(events: readonly Envelope[], projection: Projection): Map<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const event of new Map(events.map((one) => [`${one.tenant_id} ${one.id}`, one])).values()) {
    if (!projection.events.includes(eventKeyOf(event))) continue;
    for (const { row, add } of projection.project(event as never)) {
      for (const tenant of projection.everyone ? [event.tenant_id, '*'] : [event.tenant_id]) {
        for (const [measure, amount] of Object.entries(add)) {
          const name = JSON.stringify([tenant, ...row.map((part) => part.toWellFormed()), measure]);
          sums.set(name, (sums.get(name) ?? 0n) + BigInt(amount));
        }
      }
    }
  }
  return sums;
}

export type ProjectionWorld = Awaited<ReturnType<typeof createProjectionWorld>>;

/** Tables of their own, and as many processes over them as a test wants. */
export async function createProjectionWorld(projections: readonly Projection[] = allProjections) {
  const dynamo = createDynamoClient({ region: stackVariable('AWS_REGION') });
  const documents = createDocumentClient(dynamo);
  const prefix = testPrefix();
  const tables = projectionTables(prefix, projections);
  await ensureTables(dynamo, tables);
  const logs = captureLogs();

  const process = (options: Partial<ProjectionsOptions> = {}): Projections =>
    createProjections({
      ...{ dynamo: documents, prefix, projections, logger: logs.logger, clock: () => new Date(), random: Math.random },
      metrics: createMetrics({ service: 'reporting', processMetrics: false }),
      ...options,
    });

  /** What is stored, in the form of `folded`. */
  async function stored(of: Projection, tenants: readonly string[], build: Build = `${of.name}@${of.version}.1`) {
    const { reader } = process();
    const sums = new Map<string, bigint>();
    for (const tenant of of.everyone ? [...tenants, undefined] : tenants) {
      const query = { projection: of.name, build, tenant, from: '0000-01-01', to: '9999-12-31' };
      for await (const { row, measures } of reader.rows(query)) {
        for (const [measure, sum] of Object.entries(measures))
          sums.set(JSON.stringify([tenant ?? '*', ...row, measure]), sum);
      }
    }
    return sums;
  }

  async function items(tableName: string): Promise<Record<string, unknown>[]> {
    const found: Record<string, unknown>[] = [];
    let after: Record<string, unknown> | undefined;
    do {
      const scan = new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: after });
      const { Items = [], LastEvaluatedKey } = await documents.send(scan);
      found.push(...Items);
      after = LastEvaluatedKey;
    } while (after);
    return found;
  }

  async function empty(): Promise<void> {
    for (const { table } of tables) {
      for (const { pk, sk } of await items(table.TableName!)) {
        await documents.send(new DeleteCommand({ TableName: table.TableName, Key: { pk, sk } }));
      }
    }
  }

  return {
    ...{ prefix, dynamo, documents, logs, process, stored, items, empty, names: projectionTableNames(prefix) },
    close: () => dynamo.destroy(),
  };
}

type Sent = { readonly input: object; readonly constructor: { readonly name: string } };

/** A client of which each `send` passes through `around`; `answer` sends it for real. */
export function interceptSends(
  documents: DynamoDBDocumentClient,
  around: (command: Sent, answer: () => Promise<unknown>) => Promise<unknown>,
): DynamoDBDocumentClient {
  const send = documents.send.bind(documents) as (command: Sent) => Promise<unknown>;
  return new Proxy(documents, {
    get: (target, name) =>
      name === 'send'
        ? (command: Sent) => around(command, () => send(command))
        : (Reflect.get(target, name, target) as unknown),
  });
}
