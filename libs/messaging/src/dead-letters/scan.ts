import {
  ChangeMessageVisibilityBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { DeadLetterQueue } from './dead-letter-queues.ts';
import { type DeadMessage, deadMessage } from './dead-message.ts';

const BATCH = 10;
/** A long poll asks every server of the queue, so that an empty answer means an empty queue. */
const WAIT_SECONDS = 1;
/** Receives that bring nothing but messages seen before: the scan has come around. */
const MOST_REPEATS = 3;

export interface ScanOptions {
  readonly sqs: SQSClient;
  readonly queue: DeadLetterQueue;
  /** Messages that were sent or failed later are not part of the snapshot. */
  readonly until: Date;
  /** How long received messages are hidden, in seconds: at least as long as the scan takes. */
  readonly hideSeconds: number;
  /** Receives at the same time. */
  readonly receivers: number;
  /** Looks at messages of the snapshot, each once, and answers those that it has deleted; the others are given back. */
  readonly visit: (messages: readonly DeadMessage[]) => Promise<readonly DeadMessage[]>;
  /** Ends the scan early. */
  readonly isEnough?: (() => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a dead-letter queue from end to end by receiving it. What was received stays hidden until the end, so that
 * nothing comes twice, and is then given back (visible after 1 s), also when the scan fails or is aborted.
 */
export async function scan(options: ScanOptions): Promise<void> {
  const held = new Map<string, string>();
  const seen = new Set<string>();
  try {
    const receiver = () => receiveAll(options, held, seen);
    await Promise.all(Array.from({ length: options.receivers }, receiver));
  } finally {
    await giveBack(options.sqs, options.queue.url, [...held.values()]);
  }
}

async function receiveAll(options: ScanOptions, held: Map<string, string>, seen: Set<string>): Promise<void> {
  const { queue, until, visit, isEnough = () => false, signal } = options;
  for (let repeats = 0; repeats < MOST_REPEATS && !isEnough() && !signal?.aborted;) {
    const received = await receive(options);
    if (received.length === 0) return;
    const fresh: DeadMessage[] = [];
    for (const source of received) {
      const message = deadMessage(queue, source);
      held.set(message.messageId, message.receiptHandle);
      if (seen.has(message.messageId)) continue;
      seen.add(message.messageId);
      if (message.sentAt <= until && message.failedAt <= until) fresh.push(message);
    }
    repeats = fresh.length === 0 ? repeats + 1 : 0;
    if (fresh.length === 0) continue;
    for (const { messageId } of await visit(fresh)) held.delete(messageId);
  }
}

async function receive({ sqs, queue, hideSeconds }: ScanOptions): Promise<Message[]> {
  const answer = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: queue.url,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: WAIT_SECONDS,
      VisibilityTimeout: hideSeconds,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['SentTimestamp'],
    }),
  );
  return answer.Messages ?? [];
}

/** Visible after a second, not at once: a persistent fauxqs loses a message whose visibility is set to 0. */
async function giveBack(sqs: SQSClient, url: string, handles: readonly string[]): Promise<void> {
  const lanes = 4;
  const lane = async (first: number) => {
    for (let at = first * BATCH; at < handles.length; at += lanes * BATCH) {
      const Entries = handles
        .slice(at, at + BATCH)
        .map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle, VisibilityTimeout: 1 }));
      await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries }));
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, first) => lane(first)));
}
