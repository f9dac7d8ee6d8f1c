import { problem } from '@atlas/platform';
import { type OrderId, orderIdSchema, type TenantId } from '../ids.domain.ts';

/**
 * Where a page of the tenant's orders ended, as text that a client only hands back. It is not signed: whoever makes one
 * up moves about in a list that is theirs anyway, because the tenant of the query never comes from here.
 */
export function cursorOf(tenantId: TenantId, last: OrderId): string {
  return Buffer.from(`${tenantId}/${last}`).toString('base64url');
}

/** The order after which the next page begins. Throws a 400 problem for text that is no cursor of this tenant's orders. */
export function readCursor(tenantId: TenantId, cursor: string): OrderId {
  const [, last] = Buffer.from(cursor, 'base64url').toString().split('/');
  const parsed = orderIdSchema.safeParse(last);
  // Written again for this tenant it must be the same text, which no other tenant's cursor and no garbage is.
  if (parsed.success && cursorOf(tenantId, parsed.data) === cursor) return parsed.data;
  throw problem(400, 'INVALID_CURSOR', 'The cursor is not one that this list has handed out.');
}
