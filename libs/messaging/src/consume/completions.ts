import { DeleteMessageBatchCommand } from '@aws-sdk/client-sqs';
import { setTimeout as delay } from 'node:timers/promises';
import { probeEach } from '@atlas/platform';
import type { Lease } from '../inbox/inbox.ts';
import { retryDelayMs } from './backoff.ts';
import { type Coalescer, createCoalescer } from './coalescer.ts';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import { idOf, type InHandMessage } from './in-hand-message.ts';
import { RECEIVE_LIMIT } from './slots.ts';
import { sendBatch, SHORT_CALL } from './sqs-batch.ts';

const LINGER_MS = 5;

/** Why a message is deleted: `handled` must be marked first, `known` was done before, `dead` is in the dead-letter queue. */
export type Ending = 'handled' | 'known' | 'dead';

export interface Completion {
  readonly message: InHandMessage;
  readonly ending: Ending;
}

/**
 * Ends messages ten at a time, or 5 ms after the first: the inbox learns that they are done before the queue forgets them,
 * so a crash in between costs a delivery that is recognised, never an event. A mark that Redis cannot store now is tried
 * for as long as the message stays hidden, because the handler has run and must not run again.
 */
export function createCompletions(env: ConsumerEnvironment): Coalescer<Completion> {
  return createCoalescer<Completion>({
    maxItems: RECEIVE_LIMIT,
    lingerMs: LINGER_MS,
    send: (batch) => finish(env, batch),
  });
}

async function finish(env: ConsumerEnvironment, batch: readonly Completion[]): Promise<void> {
  const { hand, logger, probe } = env;
  const marked = await markHandled(env, batch);
  if (marked.length === 0) return;
  const handled = marked.filter(({ ending }) => ending === 'handled').length;
  try {
    await probeEach(probe, 'consumer.marked', handled);
    await deleteMessages(env, marked);
    await probeEach(probe, 'consumer.deleted', handled);
  } catch (error) {
    // Done or dead-lettered already: it comes once more, is recognised, and deleted then.
    logger.warn({ err: error, messages: marked.length }, 'finished messages could not be deleted');
  }
  await forgetFailures(env, marked);
  for (const { message } of marked) hand.settle(message, 'finished');
}

/** A dead letter that is redriven starts counting anew; without Redis it has one try less, which is no reason to wait. */
async function forgetFailures({ inbox, logger }: ConsumerEnvironment, batch: readonly Completion[]): Promise<void> {
  const leases = leasesOf(batch.filter(({ ending }) => ending === 'dead'));
  await inbox.forget(leases).catch((error: unknown) => logger.debug({ err: error }, 'failures were not forgotten'));
}

/** Answers what may be deleted; messages whose lease is lost, or that could not be marked, are left to come again. */
async function markHandled(env: ConsumerEnvironment, batch: readonly Completion[]): Promise<readonly Completion[]> {
  const { hand, logger, probe } = env;
  const handled = batch.filter(({ ending }) => ending === 'handled');
  if (handled.length === 0) return batch;
  await probeEach(probe, 'consumer.handled', handled.length);
  const done = await untilMarked(env, handled);
  const lost = handled.filter((_, index) => !done[index]);
  for (const { message } of lost) {
    logger.warn({ event: 'lease_lost', id: idOf(message) }, 'handled, but not marked: the message comes again');
    hand.settle(message, 'abandoned');
  }
  return lost.length === 0 ? batch : batch.filter((completion) => !lost.includes(completion));
}

async function untilMarked(env: ConsumerEnvironment, handled: readonly Completion[]): Promise<readonly boolean[]> {
  const { inbox, handlersRemember, gate, now, random, isOverdue } = env;
  const leases = leasesOf(handled);
  const hiddenUntil = () => Math.min(...handled.map(({ message }) => message.visibleUntil));
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await (handlersRemember ? inbox.forget(leases) : inbox.markDone(leases));
    } catch (error) {
      gate.trip('work', error);
      if (isOverdue() || now() >= hiddenUntil()) return [];
      await delay(retryDelayMs(attempt, 50, 1000, random));
    }
  }
}

async function deleteMessages(env: ConsumerEnvironment, batch: readonly Completion[]): Promise<void> {
  const { sqs, queueUrl, gate, logger, now, isOverdue, random } = env;
  const hiddenUntil = now() + Math.max(0, ...batch.map(({ message }) => message.visibleUntil - now()));
  const refused = await sendBatch({
    items: batch,
    send: (items) =>
      sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: items.map(toEntry) }), SHORT_CALL),
    mayRetry: () => !isOverdue() && now() < hiddenUntil,
    onError: (error) => gate.trip('receive', error),
    random,
  });
  for (const { item, reason } of refused) {
    logger.warn({ id: idOf(item.message), reason: reason.Code }, 'SQS did not delete a finished message');
  }
}

function toEntry({ message }: Completion, index: number): { Id: string; ReceiptHandle: string | undefined } {
  return { Id: String(index), ReceiptHandle: message.source.ReceiptHandle };
}

function leasesOf(batch: readonly Completion[]): Lease[] {
  return batch.flatMap(({ message }) => message.lease ?? []);
}
