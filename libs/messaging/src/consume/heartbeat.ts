import { ChangeMessageVisibilityBatchCommand } from '@aws-sdk/client-sqs';
import type { Logger } from '@atlas/platform';
import type { Lease } from '../inbox/inbox.ts';
import { LONGEST_VISIBILITY_SECONDS } from './backoff.ts';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import { idOf, type InHandMessage, loseLease } from './in-hand-message.ts';
import { RECEIVE_LIMIT } from './slots.ts';
import { SHORT_CALL } from './sqs-batch.ts';

export interface Heartbeat {
  /** Extends what is due and ends what is over. Called every `tickMs` by the consumer's one timer. */
  beat(): void;
  /** Hides these messages for a whole visibility timeout from now on, and renews their leases. Never rejects. */
  extend(messages: readonly InHandMessage[]): Promise<void>;
}

/**
 * Keeps every message in hand hidden and leased, started or not, for at most 12 hours: visibility first, then the lease of
 * the message and of its running effects, so that no lease outlives its message's invisibility. A lease that could not be
 * renewed in time, or that another has taken, aborts the handler.
 */
export function createHeartbeat(env: ConsumerEnvironment): Heartbeat {
  const { hand, times, now, logger } = env;

  const extend = async (messages: readonly InHandMessage[]) => {
    for (const message of messages) message.beating = true;
    try {
      const hidden = await hide(env, messages);
      await renew(env, hidden);
    } catch (error) {
      logger.debug({ err: error }, 'heartbeat failed, the next one tries again');
    } finally {
      for (const message of messages) message.beating = false;
    }
  };
  return {
    extend,
    beat() {
      const time = now();
      const due: InHandMessage[] = [];
      for (const message of hand) {
        if (isLeased(message) && time >= message.leaseUntil) expire(message, logger);
        const runsOut = message.visibleUntil - time < times.visibilityMs / 2;
        if (runsOut && !message.beating && message.lost !== 'taken' && secondsLeft(message, time) > 0)
          due.push(message);
      }
      for (let at = 0; at < due.length; at += RECEIVE_LIMIT) void extend(due.slice(at, at + RECEIVE_LIMIT));
    },
  };
}

/** Answers those that are hidden for the whole time now; the others may be in other hands already. */
async function hide(env: ConsumerEnvironment, messages: readonly InHandMessage[]): Promise<InHandMessage[]> {
  const { sqs, queueUrl, times, now } = env;
  const sentAt = now();
  const secondsOf = (message: InHandMessage) => Math.min(times.visibilitySeconds, secondsLeft(message, sentAt));
  const answer = await sqs.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl: queueUrl,
      Entries: messages.map((message, index) => ({
        Id: String(index),
        ReceiptHandle: message.source.ReceiptHandle,
        VisibilityTimeout: secondsOf(message),
      })),
    }),
    SHORT_CALL,
  );
  const refused = new Set(answer.Failed?.map((failure) => failure.Id));
  const hidden = messages.filter((_, index) => !refused.has(String(index)));
  for (const message of hidden) message.visibleUntil = sentAt + secondsOf(message) * 1000 - times.marginMs;
  return hidden;
}

async function renew({ inbox, now, logger }: ConsumerEnvironment, messages: readonly InHandMessage[]): Promise<void> {
  const leased = messages.filter(isLeased);
  const owners: InHandMessage[] = [];
  const leases: Lease[] = [];
  for (const message of leased) {
    for (const lease of [message.lease as Lease, ...(message.effects ?? [])]) {
      owners.push(message);
      leases.push(lease);
    }
  }
  if (leases.length === 0) return;
  const until = Math.min(...leased.map((message) => message.visibleUntil));
  const renewed = await inbox.renew(leases, until - now());
  for (const [index, message] of owners.entries()) {
    if (renewed[index]) {
      message.leaseUntil = until;
      continue;
    }
    // What has finished meanwhile is not lost: its mark or release was faster than this renewal.
    const lease = leases[index] as Lease;
    if (!isLeased(message) || (lease !== message.lease && !message.effects?.has(lease))) continue;
    loseLease(message, 'taken');
    logger.warn(
      { event: 'lease_lost', id: idOf(message), key: lease.key },
      'another consumer has taken over the lease',
    );
  }
}

function isLeased(message: InHandMessage): boolean {
  return message.lease !== undefined && message.lost === undefined && !message.settling;
}

function expire(message: InHandMessage, logger: Logger): void {
  loseLease(message, 'expired');
  logger.warn({ event: 'lease_lost', id: idOf(message) }, 'the lease could not be renewed in time');
}

/** SQS hides a message for 12 hours from its receive at most; a request for more is refused. */
function secondsLeft(message: InHandMessage, time: number): number {
  return Math.floor(LONGEST_VISIBILITY_SECONDS - (time - message.receivedAt) / 1000);
}
