import type { OrderId, TenantId, UserId } from '../ids.domain.ts';
import {
  complete,
  type CompletedOrder,
  evolve,
  type OrderCompleted,
  type OrderContent,
  place,
} from '../orders/order.domain.ts';
import { RejectedError } from '../rejected.domain.ts';

export interface ImportOrder {
  readonly orderId: OrderId;
  readonly tenantId: TenantId;
  readonly operatorId: UserId;
  readonly buyerEmail: string;
  readonly content: OrderContent;
  readonly importedAt: Date;
  /** The business date; only an import may set one. Without it the order is completed when it is imported. */
  readonly completedAt: Date | undefined;
}

/** Decides to import an order: it is placed and completed in one step, so nobody ever sees it as a draft. */
export function importOrder(command: ImportOrder): { order: CompletedOrder; fact: OrderCompleted } {
  const { orderId, tenantId, operatorId, importedAt, completedAt = importedAt, content, buyerEmail } = command;
  const draft = evolve(undefined, place({ orderId, tenantId, placedBy: operatorId, placedAt: importedAt, content }));
  const fact = complete(draft, { completedAt, buyer: { userId: operatorId, email: buyerEmail } });
  return { order: evolve(draft, fact), fact };
}

/**
 * Decides about a second import under an external reference: nothing is to be done when it says the same as the first
 * one. Throws RejectedError EXTERNAL_REFERENCE_CONFLICT when it says something else.
 */
export function repeatImport(
  existing: { externalReference: string; orderId: OrderId; contentDigest: string },
  contentDigest: string,
): void {
  if (existing.contentDigest === contentDigest) return;
  throw new RejectedError(
    'EXTERNAL_REFERENCE_CONFLICT',
    `The external reference "${existing.externalReference}" was imported before with other content.`,
    { external_reference: existing.externalReference, order_id: existing.orderId },
  );
}
