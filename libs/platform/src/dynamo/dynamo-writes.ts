import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';

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
