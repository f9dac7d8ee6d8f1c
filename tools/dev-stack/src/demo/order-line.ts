import { createHash } from 'node:crypto';

/** One line of an order file: an order to import, or why it is none. */
export type OrderLine =
  | { readonly kind: 'order'; readonly number: number; readonly reference: string; readonly body: string }
  | { readonly kind: 'bad'; readonly number: number; readonly reason: string };

/** Reads the lines of one file; a reader must not be used for two files. */
export interface OrderLineReader {
  /** Only what makes a line unreadable is judged here; whether an order is a good one is up to the API. */
  read(line: { number: number; text: string }): OrderLine;
}

/**
 * Makes a reader. The order is passed on as it was written. A line without order_id gets one made of its content and of how
 * often that content came before in the file, so that a second run finds it again and equal orders stay two.
 */
export function createOrderLineReader(): OrderLineReader {
  const seen = new Map<string, number>();
  return {
    read: ({ number, text }) => {
      const order = parsed(text);
      if ('reason' in order) return { kind: 'bad', number, reason: order.reason };
      const { order_id: orderId } = order.value;
      if (orderId !== undefined) return { kind: 'order', number, reference: String(orderId), body: text };
      const digest = createHash('sha256').update(JSON.stringify(order.value)).digest('hex').slice(0, 24);
      const copy = (seen.get(digest) ?? 0) + 1;
      seen.set(digest, copy);
      const reference = copy === 1 ? `content-${digest}` : `content-${digest}-${copy}`;
      return { kind: 'order', number, reference, body: JSON.stringify({ ...order.value, order_id: reference }) };
    },
  };
}

function parsed(text: string): { value: Record<string, unknown> } | { reason: string } {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { value: value as Record<string, unknown> };
    }
    return { reason: 'is no JSON object' };
  } catch (error) {
    return { reason: `is no JSON: ${(error as Error).message}` };
  }
}
