import { setTimeout as delay } from 'node:timers/promises';
import { type SQSClient, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { domainOf, type MajorKey } from '@atlas/event-contracts';
import { type Refused, sendBatch } from '../consume/sqs-batch.ts';
import { countThatFit } from '../publish/batch-packing.ts';
import { awsAttributes, messageGroup, type WireMessage, wireBytes } from '../publish/wire-message.ts';
import { resolveQueue } from '../topology/resolve-queue.ts';
import type { EventLog, SelectedEvents } from './event-log.ts';

export interface ReplayRequest {
  /** The wire type, for example `order.completed`. */
  readonly eventType: string;
  /** Only these majors; all when left out. A consumer dead-letters a major that it has no handler for. */
  readonly majors?: readonly MajorKey[] | undefined;
  readonly since: Date;
  /** The name of the queue that is to get them. */
  readonly to: string;
  /** Messages per second at most; as fast as SQS takes them when left out. */
  readonly rate?: number;
  /** Counts, and sends nothing. */
  readonly dryRun?: boolean;
  readonly onProgress?: (progress: { sent: number; total: number }) => void;
  readonly signal?: AbortSignal;
}

export interface ReplayResult {
  /** Events in the log when the replay began. */
  readonly total: number;
  readonly sent: number;
  /** Events that SQS does not take, with its reason. */
  readonly refused: readonly { id: string; reason: string }[];
}

/**
 * Sends facts of the past to a consumer that did not exist yet: events of an outbox's log, oldest first, with their original ids and
 * attributes, straight to one queue, so that nobody else sees them again. Subscribe the queue first: what is published
 * during the replay then arrives by its topic, and what arrives both ways is handled once, because the id is the same.
 * Throws UnknownEventTypeError, or SetupError when the queue does not exist; run it again after an error.
 */
export function createReplay({ log, sqs }: { log: EventLog; sqs: SQSClient }) {
  return async function replay(request: ReplayRequest): Promise<ReplayResult> {
    domainOf(request.eventType);
    const queueUrl = await resolveQueue({ sqs, name: request.to });
    const { eventType, since, majors } = request;
    const selected = await log.select({ eventType, since, majors });
    const { total } = selected;
    if (request.dryRun) return { total, sent: 0, refused: [] };
    const refused: { id: string; reason: string }[] = [];
    const keepRate = pacer(request.rate);
    let sent = 0;
    for await (const batch of batchesOf(selected)) {
      await keepRate(sent + refused.length, request.signal);
      if (request.signal?.aborted) break;
      const bad = await sendToQueue(sqs, queueUrl, batch);
      refused.push(...bad.map(({ item, reason }) => ({ id: item.id, reason: reason.Code ?? 'unknown' })));
      sent += batch.length - bad.length;
      request.onProgress?.({ sent, total });
    }
    return { total, sent, refused };
  };
}

/** The log in batches that one SendMessageBatch takes, read page by page. */
async function* batchesOf(selected: SelectedEvents): AsyncGenerator<WireMessage[]> {
  for await (const page of selected.pages()) {
    const waiting = page.map((message) => ({ message, bytes: wireBytes(message) }));
    while (waiting.length > 0) yield waiting.splice(0, countThatFit(waiting)).map(({ message }) => message);
  }
}

/** The same body, attributes and group as raw delivery by SNS gives. */
function sendToQueue(sqs: SQSClient, queueUrl: string, batch: WireMessage[]): Promise<Refused<WireMessage>[]> {
  let retriesLeft = 10;
  return sendBatch({
    items: batch,
    send: (messages) =>
      sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: messages.map((message, index) => ({
            Id: String(index),
            MessageBody: message.body,
            MessageAttributes: awsAttributes(message.attributes),
            MessageGroupId: messageGroup(message.groupId),
          })),
        }),
      ),
    mayRetry: () => retriesLeft-- > 0,
    random: Math.random,
  });
}

/** Waits until `count` messages may have been sent at `rate` per second. */
function pacer(rate: number | undefined): (count: number, signal?: AbortSignal) => Promise<void> {
  const began = performance.now();
  return async (count, signal) => {
    const waitMs = rate ? began + (count / rate) * 1_000 - performance.now() : 0;
    if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => {});
  };
}
