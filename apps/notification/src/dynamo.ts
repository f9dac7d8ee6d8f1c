import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { z } from 'zod';
import { CorruptItemError } from './errors.ts';

/** One action of a transaction in the document client's form. */
export type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** Whether a single write was refused by its condition. */
export function isConditionFailure(error: unknown): error is ConditionalCheckFailedException {
  return error instanceof ConditionalCheckFailedException;
}

/**
 * Which action of a transaction was refused by its condition: its index, or undefined when the error is something else.
 * A conflict with another transaction is `'conflict'`: nothing was decided, and the transaction may be sent again.
 */
export function transactionRefusal(error: unknown): number | 'conflict' | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons ?? [];
  const refused = reasons.findIndex((reason) => reason.Code === 'ConditionalCheckFailed');
  if (refused >= 0) return refused;
  return reasons.some((reason) => reason.Code === 'TransactionConflict') ? 'conflict' : undefined;
}

/** Reads an item of the store as `schema` says; throws CorruptItemError that names the key. */
export function readItem<S extends z.ZodType>(schema: S, item: Record<string, unknown>, what: string): z.output<S> {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new CorruptItemError(what, `${String(item['pk'])} ${String(item['sk'])}`, reason);
}
