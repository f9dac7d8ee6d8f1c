import { AppendTooLargeError } from '../errors.ts';
import type { TransactItem } from './transact-item.ts';

/** Of TransactWriteItems and of an item (quotas of DynamoDB). */
export const maxWrites = 100;
const maxTransactionBytes = 4 * 1024 * 1024;
const maxItemBytes = 400 * 1024;

/** Throws AppendTooLargeError for a transaction that DynamoDB would refuse for its size, in words that say what to do. */
export function assertWithinLimits(streamId: string, writes: readonly TransactItem[]): void {
  if (writes.length > maxWrites) throw new AppendTooLargeError(streamId, 'writes', writes.length, maxWrites);
  let total = 0;
  for (const { Put, Update, Delete, ConditionCheck } of writes) {
    const bytes = Put ? bytesOf(Put.Item) : bytesOf(Update ?? Delete ?? ConditionCheck);
    if (Put && bytes > maxItemBytes) throw new AppendTooLargeError(streamId, 'item bytes', bytes, maxItemBytes);
    total += bytes;
  }
  if (total > maxTransactionBytes) {
    throw new AppendTooLargeError(streamId, 'transaction bytes', total, maxTransactionBytes);
  }
}

/** As DynamoDB counts (its guide, "Item sizes and formats"): names and text as UTF-8, 1 byte an element, 3 a collection. */
function bytesOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (value instanceof Uint8Array) return value.byteLength;
  if (typeof value === 'number' || typeof value === 'bigint') return Math.ceil(String(value).length / 2) + 1;
  if (typeof value !== 'object' || value === null) return 1;
  if (Array.isArray(value) || value instanceof Set)
    return [...value].reduce((sum: number, one) => sum + 1 + bytesOf(one), 3);
  return Object.entries(value).reduce((sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + bytesOf(one), 3);
}
