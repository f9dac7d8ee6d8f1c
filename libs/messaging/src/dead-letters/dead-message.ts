import type { Message } from '@aws-sdk/client-sqs';
import { DEAD_LETTER_ATTRIBUTE, type DeadLetter, readDeadLetter } from './dead-letter.ts';
import type { DeadLetterQueue } from './dead-letter-queues.ts';
import type { Attributes } from './letter-attributes.ts';

/** What stands for a fingerprint and a reason where no consumer gave one: the queue's own `maxReceiveCount` moved the message. */
export const RECEIVE_LIMIT_GROUP = 'receive-limit';

/** A message of a dead-letter queue, as an operator sees it. */
export interface DeadMessage {
  readonly queue: DeadLetterQueue;
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Attributes;
  /** Why it is here; undefined when the receive limit moved it. */
  readonly letter: DeadLetter | undefined;
  readonly fingerprint: string;
  readonly reason: string;
  /** The event's id, or the id that SQS gave the message when the body is no envelope. */
  readonly id: string;
  readonly eventType: string;
  /** When its handler last failed, or, without a reason, when the message was first sent. */
  readonly failedAt: Date;
  /** When SQS took the message into the first queue that it has not left by a SendMessage of ours. */
  readonly sentAt: Date;
}

/** Reads a received message. Never throws: a dead-letter queue is where unreadable messages are. */
export function deadMessage(queue: DeadLetterQueue, message: Message): DeadMessage {
  const attributes = message.MessageAttributes ?? {};
  const body = message.Body ?? '';
  const letter = readDeadLetter(attributes[DEAD_LETTER_ATTRIBUTE]?.StringValue);
  const sentAt = new Date(Number(message.Attributes?.SentTimestamp ?? 0));
  const named = namedIn(body);
  return {
    queue,
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body,
    attributes,
    letter,
    fingerprint: letter?.fingerprint ?? RECEIVE_LIMIT_GROUP,
    reason: letter?.code ?? 'RECEIVE_LIMIT',
    id: named.id ?? message.MessageId ?? '',
    eventType: letter?.event_type ?? attributes.EventType?.StringValue ?? named.event ?? 'unknown',
    failedAt: letter ? new Date(letter.last_failed_at) : sentAt,
    sentAt,
  };
}

/** Id and type out of the body's beginning: most bodies are envelopes, and 256 KiB need not be parsed to count them. */
function namedIn(body: string): { id?: string | undefined; event?: string | undefined } {
  try {
    const parsed = JSON.parse(body) as { id?: unknown; event?: unknown } | null;
    return { id: text(parsed?.id), event: text(parsed?.event) };
  } catch {
    return {};
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= 128 ? value : undefined;
