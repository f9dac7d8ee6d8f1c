import { setTimeout as delay } from 'node:timers/promises';
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { type TransactItem, transactionRefusal } from '../dynamo/dynamo-writes.ts';
import { IdempotencyClaimLostError, TransactionRefusedError } from '../errors.ts';

/**
 * Collects writes in `run` and sends them as one transaction, then returns what `run` returned: all of it happens, or
 * nothing. Throws IdempotencyClaimLostError when the idempotency key belongs to a retry by now, and
 * TransactionRefusedError when another condition does not hold.
 */
export type InTransaction = <T>(run: (tx: TransactItem[]) => Promise<T>) => Promise<T>;

/** A conflict with another transaction on the same item is over in some milliseconds. */
const conflictTries = 5;

/** Transactions in which a refusal by `idempotencyTable` means that the claim is lost. */
export function createInTransaction(deps: { dynamo: DynamoDBDocumentClient; idempotencyTable: string }): InTransaction {
  const send = async (TransactItems: TransactItem[]): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        await deps.dynamo.send(new TransactWriteCommand({ TransactItems }));
        return;
      } catch (error) {
        const refusal = transactionRefusal(error);
        if (refusal === undefined) throw error;
        if (refusal === 'conflict' && tries < conflictTries) {
          await delay(10 * tries * (1 + Math.random()));
          continue;
        }
        const update = typeof refusal === 'number' ? TransactItems[refusal]?.Update : undefined;
        if (update?.TableName === deps.idempotencyTable)
          throw new IdempotencyClaimLostError(String(update.Key?.['sk']));
        throw new TransactionRefusedError({ cause: error });
      }
    }
  };
  return async (run) => {
    const tx: TransactItem[] = [];
    const result = await run(tx);
    if (tx.length > 0) await send(tx);
    return result;
  };
}
