import { backoffMs } from './backoff.ts';
import { countThatFit, isFull } from './batch-packing.ts';
import type { EntryOutcome } from './sns-batch.ts';
import type { WireMessage } from './wire-message.ts';

/** A message that waits for its answer. `tries` counts how often SNS kept it without accepting it. */
export interface LaneEntry {
  readonly message: WireMessage;
  readonly bytes: number;
  tries: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export interface PublishLane {
  /** Queues an entry; it is sent when its batch is full or `lingerMs` have passed. */
  push(entry: LaneEntry): void;
  /** Stops waiting for fuller batches, and resolves when every entry has its answer. */
  drain(): Promise<void>;
  /** Rejects everything that has not been sent yet. */
  abandon(error: Error): void;
}

export interface LaneOptions {
  readonly send: (messages: readonly WireMessage[]) => Promise<EntryOutcome[]>;
  readonly lingerMs: number;
  readonly maxInFlight: number;
  /** Decides about an entry that SNS kept without accepting it: an error gives up, undefined tries again. */
  readonly giveUp: (entry: LaneEntry, reason: string) => Error | undefined;
}

/** AWS's own clients start at 100 ms and stop at 20 s; a publisher that an order waits for has less patience. */
const retryLimits = { baseMs: 50, capMs: 2_000 };

/** The batches of one topic: filled to 10 entries or 256 KiB, at most `maxInFlight` of them under way. */
export function createPublishLane(options: LaneOptions): PublishLane {
  const queue: LaneEntry[] = [];
  const retryTimers = new Map<NodeJS.Timeout, LaneEntry[]>();
  const idleWaiters: (() => void)[] = [];
  let lingerTimer: NodeJS.Timeout | undefined;
  let flushNow = false;
  let draining = false;
  let inFlight = 0;
  let abandonedFor: Error | undefined;

  function pump(): void {
    while (queue.length > 0 && inFlight < options.maxInFlight) {
      const count = countThatFit(queue);
      if (!isFull(queue, count) && !flushNow && !draining) return armLinger();
      disarmLinger();
      flushNow = false;
      void dispatch(queue.splice(0, count));
    }
  }

  function armLinger(): void {
    lingerTimer ??= setTimeout(() => {
      lingerTimer = undefined;
      flushNow = queue.length > 0;
      pump();
    }, options.lingerMs);
  }

  function disarmLinger(): void {
    clearTimeout(lingerTimer);
    lingerTimer = undefined;
  }

  async function dispatch(batch: LaneEntry[]): Promise<void> {
    inFlight += 1;
    const outcomes = await options.send(batch.map((entry) => entry.message));
    inFlight -= 1;
    const again = batch.filter((entry, index) => !settle(entry, outcomes[index]!));
    if (again.length > 0) retryLater(again);
    pump();
    reportIdle();
  }

  function settle(entry: LaneEntry, outcome: EntryOutcome): boolean {
    if (outcome.kind === 'accepted') entry.resolve();
    else if (outcome.kind === 'failed') entry.reject(outcome.error);
    else {
      entry.tries += 1;
      const error = options.giveUp(entry, outcome.reason);
      if (!error) return false;
      entry.reject(error);
    }
    return true;
  }

  function retryLater(entries: LaneEntry[]): void {
    if (abandonedFor) return rejectAll(entries, abandonedFor);
    const tries = Math.max(...entries.map((entry) => entry.tries));
    const timer = setTimeout(
      () => {
        retryTimers.delete(timer);
        queue.unshift(...entries);
        flushNow = true;
        pump();
      },
      backoffMs(tries, retryLimits),
    );
    retryTimers.set(timer, entries);
  }

  function reportIdle(): void {
    if (queue.length > 0 || inFlight > 0 || retryTimers.size > 0) return;
    for (const resolve of idleWaiters.splice(0)) resolve();
  }

  return {
    push(entry) {
      queue.push(entry);
      pump();
    },
    drain() {
      draining = true;
      disarmLinger();
      const idle = new Promise<void>((resolve) => idleWaiters.push(resolve));
      pump();
      reportIdle();
      return idle;
    },
    abandon(error) {
      abandonedFor = error;
      for (const [timer, entries] of retryTimers) {
        clearTimeout(timer);
        rejectAll(entries, error);
      }
      retryTimers.clear();
      rejectAll(queue.splice(0), error);
      reportIdle();
    },
  };
}

function rejectAll(entries: readonly LaneEntry[], error: Error): void {
  for (const entry of entries) entry.reject(error);
}
