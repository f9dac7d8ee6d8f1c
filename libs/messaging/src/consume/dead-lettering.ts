import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { isUnreachable, traceIdOf } from '@atlas/platform';
import { DEAD_LETTER_BYTES, type DeadLetter, describeDeadLetter } from '../dead-letters/dead-letter.ts';
import { letterForms } from '../dead-letters/letter-attributes.ts';
import type { Failures } from '../inbox/inbox.ts';
import { giveBackSeconds } from './backoff.ts';
import { type Coalescer, createCoalescer } from './coalescer.ts';
import type { Completion } from './completions.ts';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import type { GiveBack } from './give-back.ts';
import { idOf, type InHandMessage, traceparentOf } from './in-hand-message.ts';
import { RECEIVE_LIMIT } from './slots.ts';
import { sendBatch, SHORT_CALL } from './sqs-batch.ts';

const LINGER_MS = 5;
/** What every SQS (and emulator) takes as one batch; the newer limit of AWS is 1 MiB. */
const BATCH_BYTES = 256 * 1024;

/** A message that is to be dead-lettered; `failures` when its handler has failed too often. */
export interface DeadLettering {
  readonly message: InHandMessage;
  readonly error: unknown;
  readonly failures?: Failures;
}

/** Where a message goes after it was moved, or when it could not be. */
export interface Endings {
  readonly completions: Coalescer<Completion>;
  readonly giveBacks: Coalescer<GiveBack>;
}

interface Letter extends DeadLettering {
  readonly letter: DeadLetter;
}

/**
 * Moves messages to the dead-letter queue with body, attributes and the reason: first sent there, then deleted from the
 * source. A crash in between leaves two copies of one event id, which the inbox recognises.
 */
export function createDeadLettering(env: ConsumerEnvironment, endings: Endings): Coalescer<DeadLettering> {
  return createCoalescer<DeadLettering>({
    maxItems: RECEIVE_LIMIT,
    lingerMs: LINGER_MS,
    maxBytes: BATCH_BYTES,
    bytesOf: ({ message }) => Buffer.byteLength(message.source.Body ?? '') + DEAD_LETTER_BYTES + 1024,
    send: (batch) => deadLetter(env, endings, batch),
  });
}

async function deadLetter(env: ConsumerEnvironment, endings: Endings, batch: readonly DeadLettering[]): Promise<void> {
  const letters: Letter[] = [];
  for (const item of batch) {
    if (item.message.lost === undefined) letters.push({ ...item, letter: letterOf(env, item) });
    else env.hand.settle(item.message, 'abandoned');
  }
  let open: readonly Letter[] = letters;
  try {
    for (const form of letterForms) {
      const refused = open.length === 0 ? [] : await sendLetters(env, open, form);
      for (const item of open) if (!refused.includes(item)) await moved(env, endings, item);
      open = refused;
    }
    for (const item of open) refusedForGood(env, item);
  } catch (error) {
    env.gate.trip('receive', error);
  }
  for (const { message } of open) {
    endings.giveBacks.add({ message, seconds: giveBackSeconds(message.receives, env.random) });
  }
}

/** Answers the letters that SQS refuses in this form; throws when the queue does not answer. */
async function sendLetters(
  env: ConsumerEnvironment,
  letters: readonly Letter[],
  form: (typeof letterForms)[number],
): Promise<readonly Letter[]> {
  const { sqs, deadLetterQueueUrl, gate, now, isOverdue, random } = env;
  const toEntry = ({ message, letter }: Letter, index: number) => ({
    Id: String(index),
    MessageBody: message.source.Body,
    MessageAttributes: form(message.source.MessageAttributes, letter),
  });
  try {
    const refused = await sendBatch({
      items: letters,
      send: (items) =>
        sqs.send(
          new SendMessageBatchCommand({ QueueUrl: deadLetterQueueUrl, Entries: items.map(toEntry) }),
          SHORT_CALL,
        ),
      mayRetry: () => !isOverdue() && letters.every(({ message }) => now() < message.visibleUntil),
      onError: (error) => gate.trip('receive', error),
      random,
    });
    return refused.map(({ item }) => item);
  } catch (error) {
    if (isUnreachable(error)) throw error;
    if (letters.length === 1) return letters;
    const refused: Letter[] = [];
    for (const item of letters) refused.push(...(await sendLetters(env, [item], form)));
    return refused;
  }
}

function refusedForGood({ logger, queueName }: ConsumerEnvironment, { message, letter }: Letter): void {
  logger.error(
    { event: 'dead_letter_refused', queue: queueName, id: idOf(message), reason: letter.code },
    'the dead-letter queue does not take this message; it stays in its queue until the receive limit moves it',
  );
}

async function moved(env: ConsumerEnvironment, endings: Endings, { message, letter }: Letter): Promise<void> {
  const { metrics, logger, probe, queueName } = env;
  await probe('consumer.dead-letter-sent');
  metrics.deadLettered.inc({ queue: queueName, event: message.route?.key ?? 'unknown', reason: letter.code });
  logger.error(
    {
      event: 'dead_lettered',
      queue: queueName,
      id: idOf(message),
      event_type: letter.event_type,
      reason: letter.code,
      message: letter.message,
      fingerprint: letter.fingerprint,
      attempts: letter.attempts,
    },
    'message dead-lettered',
  );
  endings.completions.add({ message, ending: 'dead' });
}

function letterOf(env: ConsumerEnvironment, { message, error, failures }: DeadLettering): DeadLetter {
  const now = env.clock().getTime();
  const attributes = message.source.MessageAttributes;
  return describeDeadLetter({
    error,
    handler: message.route?.name ?? '',
    service: env.inbox.service,
    queue: env.queueName,
    attempts: failures?.count ?? 0,
    firstFailedAt: failures?.firstAt ?? now,
    lastFailedAt: failures?.lastAt ?? now,
    traceId: traceIdOf(traceparentOf(message)),
    eventType: message.envelope?.event ?? attributes?.EventType?.StringValue,
    tenantId: message.envelope?.tenant_id ?? attributes?.TenantId?.StringValue,
  });
}
