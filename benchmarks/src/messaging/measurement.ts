/** What can be known about one run of a lane. Every lane reports what applies to it. */
export interface Measurement {
  /** Messages finished per second: deleted from the queue, or accepted by SNS. */
  messagesPerSecond?: number;
  /** CPU time of the lane's process (user and system), microseconds per message. */
  cpuMicrosPerMessage?: number;
  apiCallsPer1000?: number;
  /** Resident memory of the lane's process at the end, MB (10^6 bytes). */
  rssMb?: number;
  /** How much of that came after the warm-up, MB. */
  growthMb?: number;
  /** Milliseconds from the return of COMMIT to the start of the handler. */
  p50Ms?: number;
  p99Ms?: number;
}

export type Metric = keyof Measurement;

/** What the process of a lane is told. */
export interface LaneOrder {
  readonly lane: LaneName;
  readonly workload: Workload;
  /** Messages in the measured window, after `warmUp` messages that only make the code hot. */
  readonly messages: number;
  readonly warmUp: number;
  /** Long polls at the same time, and messages in hand at most; for publishers, calls in flight and callers. */
  readonly receivers: number;
  readonly maxInFlight: number;
  readonly region: string;
  readonly queue?: BenchQueue;
  /** The prefix of the topology that a publisher publishes to, and that keys of Redis start with. */
  readonly prefix: string;
  readonly accountId: string;
  readonly databaseUrl: string;
  readonly redisUrl: string;
}

export interface BenchQueue {
  readonly name: string;
  readonly url: string;
  readonly deadLetterUrl: string;
}

/** How long a handler takes: not at all, 5 ms, or 5 ms with one in a hundred that takes 500 ms. */
export type Workload = 'trivial' | '5 ms' | 'mixed';

export type LaneName =
  | 'raw-drain'
  | 'sqs-consumer-single'
  | 'sqs-consumer-batch'
  | 'message-queue-toolkit'
  | 'atlas-drain'
  | 'raw-publish'
  | 'atlas-bus'
  | 'atlas-outbox'
  | 'latency-orders'
  | 'latency-handler';

/** When something happened to an event: its id and milliseconds of the machine's monotonic clock. */
export type Moment = readonly [eventId: string, atMs: number];

export interface LaneResult {
  readonly measurement: Measurement;
  readonly moments?: Moment[];
}

/** A lane's process calls `ready` when it is about to work, and resolves with what it measured. */
export type Lane = (order: LaneOrder, ready: () => void) => Promise<LaneResult>;

/** What the process of a lane says to the one that started it. */
export type LaneReport =
  { kind: 'ready' } | { kind: 'measured'; result: LaneResult } | { kind: 'failed'; error: string };

/** Milliseconds of the clock that all processes of one machine share (CLOCK_MONOTONIC). */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
