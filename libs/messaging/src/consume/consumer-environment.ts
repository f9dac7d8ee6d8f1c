import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Logger, Metrics, Probe, Telemetry } from '@atlas/platform';
import type { Inbox } from '../inbox/inbox.ts';
import type { Backoff } from './backoff.ts';
import type { Gate } from './gate.ts';
import type { Hand } from './hand.ts';
import type { HidingTimes } from './hiding-times.ts';
import type { Slots } from './slots.ts';

/** What the parts of one consumer share. Made by `createConsumer`, and gone with it. */
export interface ConsumerEnvironment {
  readonly sqs: SQSClient;
  readonly queueName: string;
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  readonly waitTimeSeconds: number;
  readonly stallAfterMs: number;
  readonly maxInFlight: number;
  readonly maxFailures: number;
  readonly backoff: Backoff;
  readonly times: HidingTimes;
  readonly inbox: Inbox;
  /** What is handled is not marked as done: handlers know it themselves when it comes again. */
  readonly handlersRemember: boolean;
  readonly slots: Slots;
  readonly hand: Hand;
  readonly gate: Gate;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly telemetry: Telemetry | undefined;
  readonly probe: Probe;
  /** Wall clock, for what is written down. */
  readonly clock: () => Date;
  /** Monotonic milliseconds, for deadlines. */
  readonly now: () => number;
  readonly random: () => number;
  /** A stop has begun: start nothing more. */
  readonly isStopping: () => boolean;
  /** The stop's deadline has passed: what cannot be finished at once is left to come again. */
  readonly isOverdue: () => boolean;
}
