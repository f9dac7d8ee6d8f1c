import { maxMessageBytes } from './wire-message.ts';

/** PublishBatch and SendMessageBatch take ten entries (AWS quotas). */
export const maxBatchEntries = 10;

/**
 * How many entries from the front of `queue` go into one batch: at most 10 and 256 KiB together, in order. At least one,
 * even when it is too large alone, so that a queue always moves and SNS says what is wrong with it.
 */
export function countThatFit(queue: readonly { readonly bytes: number }[]): number {
  const limit = Math.min(queue.length, maxBatchEntries);
  let bytes = 0;
  for (let count = 0; count < limit; count += 1) {
    bytes += queue[count]!.bytes;
    if (bytes > maxMessageBytes) return Math.max(count, 1);
  }
  return limit;
}

/** Whether a batch of `count` from the front of `queue` cannot grow any more, so that waiting for more is pointless. */
export function isFull(queue: readonly { readonly bytes: number }[], count: number): boolean {
  return count === maxBatchEntries || count < queue.length;
}
