import { z } from 'zod';
import { refusalReason } from './refusal.domain.ts';

/** What became of one order that was sent. */
export type OrderOutcome =
  /** Completed now; its event will have consequences. */
  | { readonly kind: 'taken'; readonly eventId: string }
  /** Imported by an earlier run, with consequences of the same event. */
  | { readonly kind: 'already-imported'; readonly eventId: string }
  /** The order is not a good one. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** The system failed on it, so nothing is known. */
  | { readonly kind: 'failed'; readonly reason: string };

const completedOrder = z.object({ event_id: z.string(), result: z.string().optional() });

/** The statuses by which the API judges an order; every other 4xx is about who asks or about the path. */
const refusals: ReadonlySet<number> = new Set([400, 409, 413, 415, 422]);

/**
 * Judges the answer to an order or an import. Returns undefined for an answer that says nothing about the order, such as 401:
 * going on with the next order would only repeat it.
 */
export function outcomeOf({ status, body }: { status: number; body: unknown }): OrderOutcome | undefined {
  if (status === 200 || status === 201) {
    const order = completedOrder.safeParse(body).data;
    if (order === undefined) return undefined;
    return { kind: order.result === 'already_imported' ? 'already-imported' : 'taken', eventId: order.event_id };
  }
  if (refusals.has(status)) return { kind: 'refused', reason: refusalReason(status, body) };
  if (status === 500) return { kind: 'failed', reason: 'the system failed on it (status 500)' };
  return undefined;
}
