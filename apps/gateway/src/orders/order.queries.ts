import type { Currency } from '@atlas/event-contracts';
import type { Selectable } from 'kysely';
import type { Pool } from 'pg';
import { type Database, type Db, prepareQuery, type Tx } from '../database.ts';
import type { OrderId, TenantId } from '../ids.domain.ts';
import type { CompletedOrder, DraftOrder, Order, OrderLine } from './order.domain.ts';

const summaryColumns = [
  ...(['order_id', 'status', 'currency', 'total_cents', 'created_at', 'completed_at'] as const),
  ...(['event_id', 'external_reference', 'buyer_reference'] as const),
] as const;

type OrderRow = Selectable<Database['orders']>;
type LineRow = Pick<Selectable<Database['order_lines']>, 'sku' | 'qty' | 'unit_price_cents'>;

/** An order with what is known about it beside its own state: who published it, and where it came from. */
export interface OrderRecord {
  readonly order: Order;
  readonly eventId: string | null;
  readonly origin: OrderOrigin | null;
}

/** Where an imported order comes from. */
export interface OrderOrigin {
  readonly externalReference: string | null;
  readonly buyerReference: string;
  readonly buyerEmail: string;
  readonly contentDigest: string;
}

type WithoutLines = Omit<DraftOrder, 'lines'> | Omit<CompletedOrder, 'lines'>;

/** What a list says of an order. */
export interface OrderSummary {
  readonly orderId: OrderId;
  readonly status: Order['status'];
  readonly currency: Currency;
  readonly totalCents: number;
  readonly placedAt: Date;
  readonly completedAt: Date | null;
  readonly eventId: string | null;
  readonly externalReference: string | null;
  readonly buyerReference: string | null;
}

/** The tenant's order with this id, or undefined: another tenant's order does not exist. */
export async function findOrder(db: Db | Tx, tenantId: TenantId, orderId: OrderId): Promise<OrderRecord | undefined> {
  const row = await db
    .selectFrom('orders')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('order_id', '=', orderId)
    .executeTakeFirst();
  if (!row) return undefined;
  const lines = await db
    .selectFrom('order_lines')
    .select(['sku', 'qty', 'unit_price_cents'])
    .where('tenant_id', '=', tenantId)
    .where('order_id', '=', orderId)
    .orderBy('line_no')
    .execute();
  return { ...recordOf(row), order: { ...orderOf(row), lines: lines.map(lineOf) } };
}

/** At most `limit` of the tenant's orders, newest first, from after the order `after` on. */
export type ListOrders = (
  tenantId: TenantId,
  page: { limit: number; after: OrderId | undefined },
) => Promise<OrderSummary[]>;

/** Newer than every order, so that the first page is asked for as any other. */
const newest = 'ffffffff-ffff-ffff-ffff-ffffffffffff' as OrderId;

/** Makes the query of the list, the one that users ask most. */
export function createListOrders({ db, pool }: { db: Db; pool: Pool }): ListOrders {
  const query = db
    .selectFrom('orders')
    .select(summaryColumns)
    .where('tenant_id', '=', '' as TenantId)
    .where('order_id', '<', newest)
    // Ids are UUID v7, so this is the order of creation, and the primary key serves it.
    .orderBy('order_id', 'desc')
    .limit(1);
  const ask = prepareQuery(pool, 'list-orders', query);
  return async (tenantId, { limit, after = newest }) => {
    return (await ask([tenantId, after, limit])).map(summaryOf);
  };
}

/** How many orders a tenant has. It reads as many rows of an index. */
export async function countOrders(db: Db, tenantId: TenantId): Promise<number> {
  const { count } = await db
    .selectFrom('orders')
    .select((row) => row.fn.countAll<string>().as('count'))
    .where('tenant_id', '=', tenantId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/**
 * Inserts a new order with its lines. False when the tenant has an order with the same external reference already; an
 * insert of that reference which is still under way is waited for.
 */
export async function insertOrder(tx: Tx, { order, eventId, origin }: OrderRecord): Promise<boolean> {
  const inserted = await tx
    .insertInto('orders')
    .values({
      tenant_id: order.tenantId,
      order_id: order.orderId,
      status: order.status,
      currency: order.currency,
      total_cents: order.totalCents,
      version: order.version,
      placed_by: order.placedBy,
      created_at: order.placedAt,
      completed_at: order.status === 'completed' ? order.completedAt : null,
      event_id: eventId,
      external_reference: origin?.externalReference ?? null,
      buyer_reference: origin?.buyerReference ?? null,
      buyer_email: origin?.buyerEmail ?? null,
      content_digest: origin?.contentDigest ?? null,
    })
    .onConflict((conflict) =>
      conflict.columns(['tenant_id', 'external_reference']).where('external_reference', 'is not', null).doNothing(),
    )
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) return false;
  await tx
    .insertInto('order_lines')
    .values(order.lines.map((line, index) => lineRow(order, line, index)))
    .execute();
  return true;
}

/**
 * Stores that a draft is completed, on condition that it is still the draft that was decided on (`version` is one less).
 * False when another request was faster; nothing has changed then.
 */
export async function updateCompleted(tx: Tx, order: CompletedOrder, eventId: string): Promise<boolean> {
  const updated = await tx
    .updateTable('orders')
    .set({ status: 'completed', completed_at: order.completedAt, version: order.version, event_id: eventId })
    .where('tenant_id', '=', order.tenantId)
    .where('order_id', '=', order.orderId)
    .where('status', '=', 'draft')
    .where('version', '=', order.version - 1)
    .executeTakeFirst();
  return updated.numUpdatedRows === 1n;
}

function summaryOf(row: Pick<OrderRow, (typeof summaryColumns)[number]>): OrderSummary {
  return {
    orderId: row.order_id,
    status: row.status,
    currency: row.currency as Currency,
    totalCents: Number(row.total_cents),
    placedAt: row.created_at,
    completedAt: row.completed_at,
    eventId: row.event_id,
    externalReference: row.external_reference,
    buyerReference: row.buyer_reference,
  };
}

function recordOf(row: OrderRow): Omit<OrderRecord, 'order'> {
  const {
    event_id: eventId,
    external_reference: externalReference,
    buyer_reference,
    buyer_email,
    content_digest,
  } = row;
  if (buyer_reference === null || buyer_email === null || content_digest === null) return { eventId, origin: null };
  return {
    eventId,
    origin: {
      externalReference,
      buyerReference: buyer_reference,
      buyerEmail: buyer_email,
      contentDigest: content_digest,
    },
  };
}

function orderOf(row: OrderRow): WithoutLines {
  const placed = {
    orderId: row.order_id,
    tenantId: row.tenant_id,
    currency: row.currency as Currency,
    totalCents: Number(row.total_cents),
    placedBy: row.placed_by,
    placedAt: row.created_at,
    version: row.version,
  };
  return row.completed_at === null
    ? { ...placed, status: 'draft' }
    : { ...placed, status: 'completed', completedAt: row.completed_at };
}

function lineOf(row: LineRow): OrderLine {
  return { sku: row.sku, qty: Number(row.qty), unitPriceCents: Number(row.unit_price_cents) };
}

function lineRow(order: Order, line: OrderLine, index: number) {
  return {
    tenant_id: order.tenantId,
    order_id: order.orderId,
    line_no: index + 1,
    sku: line.sku,
    qty: line.qty,
    unit_price_cents: line.unitPriceCents,
  };
}
