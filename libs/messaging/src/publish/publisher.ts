import type { SNSClient } from '@aws-sdk/client-sns';
import type { Domain } from '@atlas/event-contracts';
import type { Logger, Metrics } from '@atlas/platform';
import { PublisherStoppedError, PublishGaveUpError } from '../errors.ts';
import { createPublishLane, type LaneEntry, type PublishLane } from './publish-lane.ts';
import { type EntryOutcome, sendBatch } from './sns-batch.ts';
import { type WireMessage, wireBytes } from './wire-message.ts';

export interface Publisher {
  /**
   * Resolves when SNS has accepted this message. Rejects with PublishRefusedError (never try again), PublishGaveUpError
   * (SNS keeps failing it), DependencyUnavailableError (SNS does not answer), SetupError (topic missing, access denied)
   * or PublisherStoppedError.
   */
  send(message: WireMessage): Promise<void>;
  /** Sends what is queued, then refuses everything. What has no answer after `deadlineMs` is rejected. */
  stop(options: { deadlineMs: number }): Promise<void>;
}

export interface PublisherOptions {
  readonly sns: SNSClient;
  readonly topicArn: (domain: Domain) => string;
  readonly metrics: Pick<Metrics, 'published' | 'publishFailed'>;
  readonly logger: Pick<Logger, 'warn'>;
  /** How long a message waits for others to share its call; 1 to 5 ms. A full batch never waits. */
  readonly lingerMs?: number;
  /** Calls under way per topic. */
  readonly maxInFlight?: number;
}

/** How often an entry is sent in all before `send` rejects; with the lane's back-off that takes about a second. */
const maxTries = 6;

/**
 * Publishes messages in PublishBatch calls of up to 10 entries and 256 KiB. Messages sent at about the same time share
 * a call; each has its own promise, and only the entries that SNS did not accept are sent again.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { sns, topicArn, metrics, logger, lingerMs = 2, maxInFlight = 8 } = options;
  // atlas-local-ok: batches of a few milliseconds whose callers wait for the answer of SNS; nothing is acknowledged before
  const lanes = new Map<Domain, PublishLane>();
  const abort = new AbortController();
  let stopped = false;

  function laneOf(domain: Domain): PublishLane {
    const known = lanes.get(domain);
    if (known) return known;
    const arn = topicArn(domain);
    const send = async (messages: readonly WireMessage[]) => {
      const outcomes = await sendBatch(sns, arn, messages, abort.signal);
      count(messages, outcomes);
      return outcomes;
    };
    const lane = createPublishLane({ send, lingerMs, maxInFlight, giveUp });
    lanes.set(domain, lane);
    return lane;
  }

  function count(messages: readonly WireMessage[], outcomes: readonly EntryOutcome[]): void {
    const accepted = new Map<string, number>();
    messages.forEach(({ attributes: { EventType } }, index) => {
      if (outcomes[index]?.kind === 'accepted') accepted.set(EventType, (accepted.get(EventType) ?? 0) + 1);
      else metrics.publishFailed.inc({ event: EventType });
    });
    for (const [event, number] of accepted) metrics.published.inc({ event }, number);
  }

  function giveUp(entry: LaneEntry, reason: string): Error | undefined {
    const { message, tries } = entry;
    if (tries >= maxTries) return new PublishGaveUpError(message, tries, reason);
    logger.warn({ event_id: message.id, tries, reason }, 'SNS did not accept an event, sending it again');
    return undefined;
  }

  return {
    send(message) {
      if (stopped) return Promise.reject(new PublisherStoppedError());
      return new Promise((resolve, reject) => {
        laneOf(message.domain).push({ message, bytes: wireBytes(message), tries: 0, resolve, reject });
      });
    },
    async stop({ deadlineMs }) {
      stopped = true;
      const drained = Promise.all([...lanes.values()].map((lane) => lane.drain()));
      const deadline = setTimeout(() => {
        const error = new PublisherStoppedError();
        abort.abort(error);
        for (const lane of lanes.values()) lane.abandon(error);
      }, deadlineMs);
      await drained;
      clearTimeout(deadline);
    },
  };
}
