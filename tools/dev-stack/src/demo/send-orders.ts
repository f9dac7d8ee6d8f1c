import { createInOrder } from './in-order.ts';
import type { Ledger } from './ledger.ts';
import type { OrderOutcome } from './order-outcome.domain.ts';
import type { OrderToSend } from './order-source.ts';
import { forEachConcurrently } from './pace.ts';
import type { Pace } from './pace.ts';
import { printable } from './printable.domain.ts';

/** How many orders ended how, so far. */
export interface SendCounts {
  sent: number;
  taken: number;
  alreadyImported: number;
  refused: number;
  failed: number;
}

export interface SendOptions {
  orders: AsyncIterable<OrderToSend>;
  concurrency: number;
  pace: Pace;
  ledger: Ledger;
  counts: SendCounts;
  /** Told about each order that was not taken, in the order of their numbers. */
  onProblem: (text: string) => void;
}

const countOf: Record<OrderOutcome['kind'], Exclude<keyof SendCounts, 'sent'>> = {
  taken: 'taken',
  'already-imported': 'alreadyImported',
  refused: 'refused',
  failed: 'failed',
};

/** Sends all orders, counting as it goes and entering the taken ones in the ledger. */
export async function sendOrders({ orders, concurrency, pace, ledger, counts, onProblem }: SendOptions): Promise<void> {
  const inOrder = createInOrder<string | undefined>((problem) => {
    if (problem !== undefined) onProblem(problem);
  });
  await forEachConcurrently(announced(orders, inOrder.start), concurrency, async (order) => {
    await pace.turn();
    const outcome = await order.send();
    counts.sent += 1;
    counts[countOf[outcome.kind]] += 1;
    if ('eventId' in outcome) ledger.add(outcome.eventId, order.origin);
    inOrder.finish(order.number, 'reason' in outcome ? `  ${order.origin}: ${printable(outcome.reason)}` : undefined);
  });
}

async function* announced(orders: AsyncIterable<OrderToSend>, start: (number: number) => void) {
  for await (const order of orders) {
    start(order.number);
    yield order;
  }
}
