import { makeEnvelope } from '@atlas/event-contracts';
import { toWireMessage } from '@atlas/messaging';
import { type Outbox } from '@atlas/messaging/postgres';
import { newTraceparent } from '@atlas/platform';
import { sqlExecutor, type Tx } from '../database.ts';
import { complete, type CompletedOrder, type DraftOrder, type OrderCompleted } from './order.domain.ts';

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

/**
 * Throws EnvelopeTooLargeError for a draft whose event would not fit one message: it could never be completed, and its
 * buyer should learn that now. Measured with the longest ids that a later request may bring along.
 */
export function assertPublishable(draft: DraftOrder): void {
  const longestEmail = `${'x'.repeat(64)}@${'x'.repeat(63)}.example`;
  const fact = complete(draft, { completedAt: draft.placedAt, buyer: { userId: draft.placedBy, email: longestEmail } });
  const longestId = 'x'.repeat(128);
  const envelope = makeEnvelope(fact.type, fact.payload, {
    id: draft.orderId,
    timestamp: draft.placedAt.toISOString(),
    source: 'gateway',
    tenantId: draft.tenantId,
    subject: draft.orderId,
    sequence: draft.version + 1,
    correlationId: longestId,
    causationId: longestId,
  });
  toWireMessage(envelope, newTraceparent());
}
