import { median } from '../statistics.ts';
import type { LaneOrder, Measurement } from './measurement.ts';

/** Watches one lane from inside its process. */
export interface Meter {
  /** An API call begins. */
  call(): void;
  /** So many messages are done: deleted from the queue, or accepted by SNS. */
  completed(count: number): void;
  /** Resolves when the last message is done. */
  readonly finished: Promise<Measurement>;
}

/** RSS jumps with every garbage collection: the median over this many samples is what counts. */
const samplesPerWindow = 5;
const messagesPerSample = 500;

interface Snapshot {
  atMs: number;
  cpuMicros: number;
  calls: number;
  done: number;
}

/**
 * The measured window opens when `warmUp` messages are done and closes when `messages` more are: no lane has to stop in
 * between, and what "done" means is seen by the AWS client, so it means the same for every lane.
 */
export function createMeter({ warmUp, messages }: Pick<LaneOrder, 'warmUp' | 'messages'>): Meter {
  const { promise: finished, resolve } = Promise.withResolvers<Measurement>();
  const rssSamples: number[] = [];
  let calls = 0;
  let done = 0;
  let opened: (Snapshot & { rssMb: number }) | undefined;

  const snapshot = (): Snapshot => {
    const { user, system } = process.cpuUsage();
    return { atMs: performance.now(), cpuMicros: user + system, calls, done };
  };
  const sampleRss = (): void => {
    rssSamples.push(process.memoryUsage.rss() / 1e6);
    if (rssSamples.length > samplesPerWindow) rssSamples.shift();
  };

  return {
    finished,
    call: () => (calls += 1),
    completed(count) {
      const samplesBefore = Math.floor(done / messagesPerSample);
      done += count;
      if (Math.floor(done / messagesPerSample) > samplesBefore) sampleRss();
      if (opened === undefined && done >= warmUp) opened = { ...snapshot(), rssMb: median(rssSamples) };
      if (opened !== undefined && done >= warmUp + messages) {
        resolve(difference(opened, snapshot(), median(rssSamples)));
      }
    },
  };
}

function difference(from: Snapshot & { rssMb: number }, to: Snapshot, rssMb: number): Measurement {
  const messages = to.done - from.done;
  return {
    messagesPerSecond: messages / ((to.atMs - from.atMs) / 1000),
    cpuMicrosPerMessage: (to.cpuMicros - from.cpuMicros) / messages,
    apiCallsPer1000: ((to.calls - from.calls) * 1000) / messages,
    rssMb,
    growthMb: rssMb - from.rssMb,
  };
}
