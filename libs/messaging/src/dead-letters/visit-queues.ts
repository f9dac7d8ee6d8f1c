import type { SQSClient } from '@aws-sdk/client-sqs';
import { type DeadLetterQueue, depthOf } from './dead-letter-queues.ts';
import type { DeadMessage } from './dead-message.ts';
import { type DeadLetterFilter, matches } from './filter.ts';
import { scan } from './scan.ts';
import { snapshotTime } from './snapshot-time.ts';

/** Four receivers read a thousand messages a second; one is enough for a queue that a person could read. */
const RECEIVERS = 4;
const SMALL_QUEUE = 100;
/** Three times as long as reading the queue takes, and at least this long. */
const HIDE_AT_LEAST_SECONDS = 10;
const READ_PER_SECOND = 300;
/** SQS hides a message for 12 hours at most. */
const HIDE_AT_MOST_SECONDS = 12 * 60 * 60;
const BATCH = 10;

export interface Progress {
  readonly queue: string;
  /** Messages looked at. */
  readonly seen: number;
  /** Messages acted on. */
  readonly done: number;
  /** Messages that the queues held when the operation began, as SQS estimates it. */
  readonly total: number;
}

/** What all operations have in common: which messages, who watches, and how to stop early. */
export interface Watched {
  readonly filter: DeadLetterFilter;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Ends the operation early; what it has received and not dealt with is given back. */
  readonly signal?: AbortSignal | undefined;
}

export interface Work {
  /** Deals with messages that the filter means, and answers those that it has taken out of the queue. */
  readonly visit: (messages: readonly DeadMessage[]) => Promise<readonly DeadMessage[]>;
  /** How many have been acted on, for the progress. */
  readonly done?: () => number;
  readonly isEnough?: () => boolean;
  /** Messages per second that the work takes, when it is slower than reading. */
  readonly rate?: number | undefined;
}

/** Shows every message of the queues' snapshot that the filter means to `work`, one queue after the other. */
export async function visitQueues(
  tools: { readonly sqs: SQSClient; readonly clock: () => Date },
  queues: readonly DeadLetterQueue[],
  watched: Watched,
  work: Work,
): Promise<void> {
  const { sqs } = tools;
  const { filter, onProgress, signal } = watched;
  const depths = await Promise.all(queues.map((queue) => depthOf(sqs, queue.url)));
  const total = depths.reduce((sum, { waiting }) => sum + waiting, 0);
  let seen = 0;
  for (const [index, queue] of queues.entries()) {
    const { waiting = 0, inFlight = 0 } = depths[index] ?? {};
    // Estimates, and what is in flight may be back by now: only a queue that seems wholly empty is not looked into, and a
    // queue that was asked for by name always is.
    const seemsEmpty = waiting + inFlight === 0 && filter.queue === undefined;
    if (seemsEmpty || work.isEnough?.() || signal?.aborted) continue;
    await scan({
      sqs,
      queue,
      signal,
      isEnough: work.isEnough,
      until: await snapshotTime({ ...tools, url: queue.url }),
      hideSeconds: hideSeconds(waiting + inFlight, work.rate),
      receivers: waiting + inFlight > SMALL_QUEUE && work.rate === undefined ? RECEIVERS : 1,
      visit: async (messages) => {
        const gone = await work.visit(messages.filter((message) => matches(filter, message)));
        seen += messages.length;
        onProgress?.({ queue: queue.sourceName, seen, done: work.done?.() ?? 0, total });
        return gone;
      },
    });
  }
}

/** With a rate, messages are received only as fast as they are dealt with: hidden until their batch of ten is done. */
function hideSeconds(waiting: number, rate: number | undefined): number {
  const reading = (3 * waiting) / READ_PER_SECOND;
  const working = rate === undefined ? 0 : (3 * BATCH) / rate;
  return Math.min(HIDE_AT_MOST_SECONDS, Math.ceil(Math.max(HIDE_AT_LEAST_SECONDS, reading, working)));
}
