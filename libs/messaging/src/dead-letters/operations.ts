import {
  type BatchResultErrorEntry,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type Probe, probeEach } from '@atlas/platform';
import { sendBatch } from '../consume/sqs-batch.ts';
import { messageGroup } from '../publish/wire-message.ts';
import type { DeadMessage } from './dead-message.ts';
import { withoutReason } from './letter-attributes.ts';

const MOST_TRIES = 10;
/** Every SQS takes this as one batch, body and attributes together. */
const BATCH_BYTES = 256 * 1024;
const ATTRIBUTES_BYTES = 1024;

/** What an operation did with a batch: `gone` are no longer in the dead-letter queue, `failed` are. */
export interface BatchOutcome {
  readonly gone: readonly DeadMessage[];
  readonly failed: readonly { readonly message: DeadMessage; readonly reason: string }[];
}

export interface OperationTools {
  readonly sqs: SQSClient;
  readonly probe: Probe;
  /** URL of the queue that a dead letter came from. */
  readonly sourceUrl: (sourceName: string) => Promise<string>;
}

/**
 * Sends dead letters of one queue to their source queue as they were (body, and with it the id, and all attributes but the
 * reason), and deletes what was accepted. A crash in between leaves a copy, which the inbox recognises by the id.
 */
export async function redriveBatch(tools: OperationTools, messages: readonly DeadMessage[]): Promise<BatchOutcome> {
  const { sqs, probe, sourceUrl } = tools;
  const [first] = messages;
  if (first === undefined) return { gone: [], failed: [] };
  const url = await sourceUrl(first.queue.sourceName);
  const failed: BatchOutcome['failed'][number][] = [];
  const sent: DeadMessage[] = [];
  for (const batch of bySize(messages)) {
    const refused = await patiently(batch, (open) =>
      sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: open.map(toEntry) })),
    );
    failed.push(...refused.map(({ item, reason }) => ({ message: item, reason: reason.Code ?? 'unknown' })));
    sent.push(...batch.filter((message) => !refused.some(({ item }) => item === message)));
  }
  await probeEach(probe, 'redrive.sent', sent.length);
  const deleted = await deleteBatch(sqs, sent);
  await probeEach(probe, 'redrive.deleted', sent.length);
  return { gone: deleted.gone, failed: [...failed, ...deleted.failed] };
}

/** Deletes dead letters of one queue for ever. */
export async function deleteBatch(sqs: SQSClient, messages: readonly DeadMessage[]): Promise<BatchOutcome> {
  const refused = await patiently(messages, (open) =>
    sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: open[0]?.queue.url,
        Entries: open.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle })),
      }),
    ),
  );
  return {
    gone: messages.filter((message) => !refused.some(({ item }) => item === message)),
    failed: refused.map(({ item, reason }) => ({ message: item, reason: reason.Code ?? 'unknown' })),
  };
}

function patiently(
  items: readonly DeadMessage[],
  send: (open: readonly DeadMessage[]) => Promise<{ Failed?: BatchResultErrorEntry[] | undefined }>,
) {
  let tries = 0;
  return sendBatch({ items, send, mayRetry: () => (tries += 1) < MOST_TRIES, random: Math.random });
}

function toEntry({ body, attributes }: DeadMessage, index: number) {
  return {
    Id: String(index),
    MessageBody: body,
    MessageAttributes: withoutReason(attributes),
    MessageGroupId: messageGroup(attributes.TenantId?.StringValue ?? ''),
  };
}

function bySize(messages: readonly DeadMessage[]): DeadMessage[][] {
  const batches: DeadMessage[][] = [[]];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body) + ATTRIBUTES_BYTES;
    if (bytes + size > BATCH_BYTES && bytes > 0) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(message);
    bytes += size;
  }
  return batches;
}
