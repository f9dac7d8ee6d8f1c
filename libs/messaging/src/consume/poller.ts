import type { ConsumerEnvironment } from './consumer-environment.ts';
import type { Intake } from './intake.ts';
import { receiveMessages } from './receive.ts';

/** How long fewer than ten free slots wait for more before they are filled by a smaller receive. */
const SMALL_POLL_AFTER_MS = 50;

export interface Poller {
  /** Begins as many polls as slots, receivers and gate allow. Cheap: called whenever a slot is freed. */
  pump(): void;
  /** Aborts polls that should long have been answered, and begins new ones. */
  watch(): void;
  /** Begins no poll any more, and resolves when those under way have come back. */
  stop(): Promise<void>;
  /** Does not wait for those under way; what SQS sends them becomes visible again after its timeout. */
  abort(): void;
}

interface Poll {
  readonly size: number;
  readonly sentAt: number;
  readonly controller: AbortController;
}

/** Polls the queue, without any barrier between one receive and the next. */
export function createPoller(env: ConsumerEnvironment, intake: Intake): Poller {
  const { slots, gate, hand, now, isStopping } = env;
  // atlas-local-ok: the receives this consumer has under way, to end at stop
  const polls = new Map<Poll, Promise<void>>();
  let smallPoll: NodeJS.Timeout | undefined;

  const begin = (size: number) => {
    const poll = { size, sentAt: now(), controller: new AbortController() };
    slots.reserve(size);
    polls.set(poll, run(poll));
  };
  const run = async (poll: Poll) => {
    try {
      const messages = await receiveMessages(env.sqs, {
        queueUrl: env.queueUrl,
        size: poll.size,
        waitTimeSeconds: env.waitTimeSeconds,
        visibilitySeconds: env.times.visibilitySeconds,
        signal: poll.controller.signal,
      });
      if (!polls.delete(poll)) return;
      slots.arrived(poll.size, messages.length);
      gate.healthy('receive');
      if (messages.length > 0) intake.take(messages, poll.sentAt);
    } catch (error) {
      // The watchdog, or the end of a stop, has given this poll up already.
      if (!polls.delete(poll)) return;
      slots.arrived(poll.size, undefined);
      gate.trip('receive', error);
    }
    pump();
  };
  const pump = () => {
    // What is being marked, deleted or dead-lettered has no slot any more; when that lags behind, so does receiving.
    if (isStopping() || gate.state === 'closed' || hand.size >= env.maxInFlight * 2) return;
    const most = gate.state === 'probing' ? 1 : Infinity;
    for (let size = slots.nextPoll(); size > 0 && slots.polls < most; size = slots.nextPoll()) begin(size);
    if (smallPoll === undefined && slots.idle() > 0) smallPoll = setTimeout(pollSmall, SMALL_POLL_AFTER_MS);
  };
  const pollSmall = () => {
    smallPoll = undefined;
    const size = slots.idle();
    if (size > 0 && !isStopping() && gate.state !== 'closed') begin(size);
  };
  return {
    pump,
    watch() {
      for (const poll of polls.keys()) {
        if (now() - poll.sentAt < env.stallAfterMs) continue;
        polls.delete(poll);
        slots.arrived(poll.size, undefined);
        poll.controller.abort();
        env.metrics.receiveStalls.inc({ queue: env.queueName });
        env.logger.error(
          { event: 'receive_stalled', queue: env.queueName },
          'a poll was never answered, beginning anew',
        );
      }
      pump();
    },
    async stop() {
      clearTimeout(smallPoll);
      await Promise.all(polls.values());
    },
    abort() {
      for (const poll of polls.keys()) poll.controller.abort();
    },
  };
}
