import type { Db, Tx } from '../database.ts';
import type { OrderId, TenantId } from '../ids.domain.ts';
import { findOrder, type OrderRecord } from '../orders/order.queries.ts';

/** Whether there is such a customer's tenant; orders of our own operations tenant do not exist. */
export async function isCustomer(db: Db | Tx, tenantId: TenantId): Promise<boolean> {
  const row = await db
    .selectFrom('tenants')
    .select('tenant_id')
    .where('tenant_id', '=', tenantId)
    .where('kind', '=', 'customer')
    .executeTakeFirst();
  return row !== undefined;
}

/** The tenant's order that was imported under this external reference, or undefined. */
export async function findImported(tx: Tx, tenantId: TenantId, reference: string): Promise<OrderRecord | undefined> {
  const row = await tx
    .selectFrom('orders')
    .select('order_id')
    .where('tenant_id', '=', tenantId)
    .where('external_reference', '=', reference)
    .executeTakeFirst();
  return row && findOrder(tx, tenantId, row.order_id satisfies OrderId);
}
