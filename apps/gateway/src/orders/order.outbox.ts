import type { Outbox } from '@atlas/messaging';
import { sqlExecutor, type Tx } from '../database.ts';
import type { CompletedOrder, OrderCompleted } from './order.domain.ts';

/**
 * Puts the event of a completed order into the outbox, in the transaction that stores the order. Throws
 * EnvelopeTooLargeError, which rolls that transaction back, when the event does not fit one message.
 */
export async function publishCompleted(
  outbox: Outbox,
  tx: Tx,
  { order, fact, eventId }: { order: CompletedOrder; fact: OrderCompleted; eventId: string },
): Promise<void> {
  await outbox.add(sqlExecutor(tx), [
    {
      type: fact.type,
      payload: fact.payload,
      meta: { id: eventId, tenantId: order.tenantId, subject: order.orderId, sequence: order.version },
    },
  ]);
}
