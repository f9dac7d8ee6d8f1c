import { consequences } from './reconciliation.domain.ts';
import type { Consequence, TakenOrder } from './reconciliation.domain.ts';

/** The orders that were taken and the consequences seen so far. */
export interface Ledger {
  /** An order known already (a second line with the same one) is one order. */
  add(eventId: string, origin: string): void;
  /** Sets how many copies exist; events of others are ignored. */
  saw(consequence: Consequence, eventId: string, copies: number): void;
  /** Event ids whose consequence has not been seen yet. */
  outstanding(consequence: Consequence): string[];
  found(consequence: Consequence): number;
  size(): number;
  isComplete(): boolean;
  orders(): TakenOrder[];
}

/** An empty ledger. It holds about 300 bytes per order, and not what the orders say. */
export function createLedger(): Ledger {
  // atlas-local-ok: the demonstration is one process that ends with its reconciliation
  const orders = new Map<string, { origin: string; seen: Record<Consequence, number> }>();
  const open: Record<Consequence, Set<string>> = { mail: new Set(), webhook: new Set(), feed: new Set() };
  return {
    add: (eventId, origin) => {
      if (orders.has(eventId)) return;
      orders.set(eventId, { origin, seen: { mail: 0, webhook: 0, feed: 0 } });
      for (const consequence of consequences) open[consequence].add(eventId);
    },
    saw: (consequence, eventId, copies) => {
      const order = orders.get(eventId);
      if (!order) return;
      order.seen[consequence] = copies;
      if (copies > 0) open[consequence].delete(eventId);
    },
    outstanding: (consequence) => [...open[consequence]],
    found: (consequence) => orders.size - open[consequence].size,
    size: () => orders.size,
    isComplete: () => consequences.every((consequence) => open[consequence].size === 0),
    orders: () => [...orders].map(([eventId, order]) => ({ eventId, ...order })),
  };
}
