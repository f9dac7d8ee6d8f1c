import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { isUnreachable } from '@atlas/platform';
import { setTimeout as delay } from 'node:timers/promises';
import { retryDelayMs } from './backoff.ts';

/**
 * For every call but a long poll: the client waits 25 s for those, but a heartbeat, a delete or a give-back that is not
 * answered must fail, and be repeated, while its message is still hidden.
 */
export const SHORT_CALL = { requestTimeout: 4_000 } as const;

const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 1000;

/** What is left of a batch call: entries that SQS refused for what they are, with its reason. */
export interface Refused<T> {
  readonly item: T;
  readonly reason: BatchResultErrorEntry;
}

/**
 * Sends a batch until each entry is accepted or refused. SQS may answer 200 and still have failed some entries
 * (`Failed`): those that are its own fault go again alone, those of the sender are answered. While the queue does not
 * answer, `onError` is told and the call is repeated for as long as `mayRetry` says so; then the last error is thrown,
 * as is every other error at once.
 */
export async function sendBatch<T>(options: {
  readonly items: readonly T[];
  readonly send: (items: readonly T[]) => Promise<{ Failed?: BatchResultErrorEntry[] | undefined }>;
  readonly mayRetry: () => boolean;
  readonly onError?: (error: unknown) => void;
  readonly random: () => number;
}): Promise<Refused<T>[]> {
  const { send, mayRetry, onError, random } = options;
  const refused: Refused<T>[] = [];
  let open = options.items;
  for (let attempt = 1; open.length > 0; attempt += 1) {
    try {
      const again: T[] = [];
      const answer = await send(open);
      for (const reason of answer.Failed ?? []) {
        const item = open[Number(reason.Id)] as T;
        if (reason.SenderFault || !mayRetry()) refused.push({ item, reason });
        else again.push(item);
      }
      open = again;
    } catch (error) {
      onError?.(error);
      if (!isUnreachable(error) || !mayRetry()) throw error;
    }
    if (open.length > 0) await delay(retryDelayMs(attempt, FIRST_RETRY_MS, LONGEST_RETRY_MS, random));
  }
  return refused;
}
