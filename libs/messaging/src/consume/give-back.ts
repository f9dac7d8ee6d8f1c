import { ChangeMessageVisibilityBatchCommand } from '@aws-sdk/client-sqs';
import { type Coalescer, createCoalescer } from './coalescer.ts';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import type { InHandMessage } from './in-hand-message.ts';
import { RECEIVE_LIMIT } from './slots.ts';
import { SHORT_CALL } from './sqs-batch.ts';

const LINGER_MS = 5;

export interface GiveBack {
  readonly message: InHandMessage;
  /** Whole seconds until somebody may receive it again, at least 1: with 0 a persistent fauxqs loses the message. */
  readonly seconds: number;
}

/**
 * Returns messages to the queue, ten at a time: first their leases end, so that whoever receives them next may start at
 * once, then they become visible after their delay. What cannot be returned comes back with its visibility timeout.
 */
export function createGiveBacks(env: ConsumerEnvironment): Coalescer<GiveBack> {
  return createCoalescer<GiveBack>({
    maxItems: RECEIVE_LIMIT,
    lingerMs: LINGER_MS,
    send: (batch) => giveBack(env, batch),
  });
}

async function giveBack(env: ConsumerEnvironment, batch: readonly GiveBack[]): Promise<void> {
  const { sqs, queueUrl, hand, logger } = env;
  const released = await release(env, batch);
  try {
    const answer = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: queueUrl,
        Entries: batch.map(({ message, seconds }, index) => ({
          Id: String(index),
          ReceiptHandle: message.source.ReceiptHandle,
          // Before a lease that could not be released has ended, nobody could do anything with the message.
          VisibilityTimeout: released ? seconds : Math.max(seconds, leaseSeconds(message, env.now())),
        })),
      }),
      SHORT_CALL,
    );
    const refused = new Set(answer.Failed?.map((failure) => failure.Id));
    batch.forEach(({ message }, index) => hand.settle(message, refused.has(String(index)) ? 'abandoned' : 'givenBack'));
  } catch (error) {
    logger.warn(
      { err: error, messages: batch.length },
      'messages could not be given back, they come back by themselves',
    );
    for (const { message } of batch) hand.settle(message, 'abandoned');
  }
}

async function release({ inbox, logger }: ConsumerEnvironment, batch: readonly GiveBack[]): Promise<boolean> {
  try {
    await inbox.release(batch.flatMap(({ message }) => message.lease ?? []));
    return true;
  } catch (error) {
    logger.debug({ err: error }, 'leases were not released, they end by themselves');
    return false;
  }
}

function leaseSeconds(message: InHandMessage, time: number): number {
  return message.lease ? Math.ceil((message.leaseUntil - time) / 1000) : 0;
}
