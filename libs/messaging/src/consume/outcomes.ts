import { failureDelaySeconds, giveBackSeconds } from './backoff.ts';
import type { Coalescer } from './coalescer.ts';
import type { Completion } from './completions.ts';
import type { ConsumerEnvironment } from './consumer-environment.ts';
import type { DeadLettering } from './dead-lettering.ts';
import type { GiveBack } from './give-back.ts';
import { idOf, type InHandMessage } from './in-hand-message.ts';
import { verdictOf } from './verdict.ts';

/** Decides what becomes of a message. Every message in hand passes through exactly one of these. */
export interface Outcomes {
  /** Its handler succeeded. */
  handled(message: InHandMessage): void;
  /** Its handler failed, for whatever reason. */
  failed(message: InHandMessage, error: unknown): void;
  /** It was handled before. */
  known(message: InHandMessage): void;
  /** No handler can do anything with it. */
  poisoned(message: InHandMessage, error: unknown): void;
  /** Somebody else is working on it, for `leftMs` more unless that is extended. */
  held(message: InHandMessage, leftMs: number): void;
  /** It met an outage. */
  postponed(message: InHandMessage): void;
  /** It was not begun, and shall be begun by somebody else soon. */
  returned(message: InHandMessage): void;
}

export interface OutcomeWays {
  readonly completions: Coalescer<Completion>;
  readonly giveBacks: Coalescer<GiveBack>;
  readonly deadLettering: Coalescer<DeadLettering>;
}

/** Makes the outcomes of a consumer out of its three ways to end a message. */
export function createOutcomes(env: ConsumerEnvironment, ways: OutcomeWays): Outcomes {
  const { hand, gate, random } = env;
  const { completions, giveBacks, deadLettering } = ways;
  const giveBack = (message: InHandMessage, seconds: number) => {
    message.settling = true;
    if (message.lost === 'taken') return hand.settle(message, 'abandoned');
    giveBacks.add({ message, seconds });
  };
  const outcomes: Outcomes = {
    handled(message) {
      message.settling = true;
      // A lease that only ended may be finished all the same: the mark is refused if anybody had the message meanwhile. But whoever
      // listened to the signal may have given up half-way.
      const isFinished = message.lost === undefined || (message.lost === 'expired' && message.abort === undefined);
      if (!isFinished) return giveBack(message, giveBackSeconds(message.receives, random));
      message.route?.meters.consumed.inc();
      gate.healthy('work');
      completions.add({ message, ending: 'handled' });
    },
    failed(message, error) {
      message.settling = true;
      const verdict = verdictOf(message, error);
      if (verdict.kind === 'failed') return void countFailure(env, ways, message, error);
      if (verdict.kind === 'rejected') return outcomes.poisoned(message, verdict.reason);
      if (verdict.kind === 'held') return outcomes.held(message, verdict.leftMs);
      if (verdict.kind === 'stopped') return outcomes.returned(message);
      if (verdict.kind === 'outage') gate.trip('work', error);
      outcomes.postponed(message);
    },
    known: (message) => completions.add({ message, ending: 'known' }),
    poisoned(message, error) {
      message.settling = true;
      message.route?.meters.failed.inc();
      deadLettering.add({ message, error });
    },
    // A message that keeps losing waits longer each time, or ten races would be the receive limit.
    held(message, leftMs) {
      message.route?.meters.retried.inc();
      giveBack(message, Math.max(Math.ceil(leftMs / 1000), giveBackSeconds(message.receives, random)));
    },
    postponed(message) {
      message.route?.meters.retried.inc();
      giveBack(message, giveBackSeconds(message.receives, random));
    },
    returned: (message) => giveBack(message, 1),
  };
  return outcomes;
}

async function countFailure(
  env: ConsumerEnvironment,
  { giveBacks, deadLettering }: OutcomeWays,
  message: InHandMessage,
  error: unknown,
): Promise<void> {
  const { inbox, hand, gate, logger, maxFailures, backoff, random } = env;
  const meters = message.route?.meters;
  meters?.failed.inc();
  if (message.lease === undefined) return hand.settle(message, 'abandoned');
  try {
    const failures = await inbox.fail(message.lease, maxFailures);
    if (failures === undefined) return hand.settle(message, 'abandoned');
    if (failures.count >= maxFailures) return deadLettering.add({ message, error, failures });
    const seconds = failureDelaySeconds(failures.count, backoff, random);
    const about = { queue: env.queueName, id: idOf(message), event_type: message.envelope?.event };
    logger.warn(
      { event: 'handler_failed', ...about, failures: failures.count, retry_in_seconds: seconds, err: error },
      'handler failed, the message comes again',
    );
    meters?.retried.inc();
    giveBacks.add({ message, seconds });
  } catch (outage) {
    gate.trip('work', outage);
    giveBacks.add({ message, seconds: giveBackSeconds(message.receives, random) });
  }
}
