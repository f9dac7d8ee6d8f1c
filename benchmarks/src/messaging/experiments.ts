import type { LaneName, Workload } from './measurement.ts';

/** A question that several lanes answer under the same conditions. */
export interface Experiment {
  readonly name: string;
  readonly kind: 'drain' | 'publish' | 'latency';
  readonly workload: Workload;
  readonly lanes: readonly LaneName[];
  /** Messages in the measured window, and before it. */
  readonly messages: number;
  readonly warmUp: number;
  /** Options of V8 for the lanes. */
  readonly v8Flags?: readonly string[];
  /** Fewer rounds than the run has, for what varies little and takes long. */
  readonly maxRounds?: number;
}

/** Orders per second of the latency experiment (open loop: a slow answer delays no later order). */
export const ordersPerSecond = 50;

const drainLanes: LaneName[] = [
  'raw-drain',
  'sqs-consumer-batch',
  'sqs-consumer-single',
  'message-queue-toolkit',
  'atlas-drain',
];

/** Everything that is measured, for so many messages per drain. */
export function experimentsFor(messages: number): Experiment[] {
  const drain = { kind: 'drain', lanes: drainLanes, messages } as const;
  return [
    // A lane's code is hot after about 4,000 messages; a consumer runs for weeks.
    { ...drain, name: 'drain trivial', workload: 'trivial', warmUp: messages / 2 },
    { ...drain, name: 'drain 5 ms', workload: '5 ms', warmUp: messages / 2 },
    // Here the lanes wait and do not compute.
    { ...drain, name: 'drain mixed', workload: 'mixed', warmUp: messages / 5 },
    { ...publish, messages, warmUp: messages / 2 },
    // 20 seconds of orders where a drain has 10,000 messages, after 3 seconds that do not count.
    { ...latency, messages: messages / 10, warmUp: 3 * ordersPerSecond },
    // 100,000 messages in all where a drain has 10,000: what is kept for ever shows only with time. One round is enough.
    { ...memory, messages: messages * 8, warmUp: messages * 2 },
  ];
}

const publish = {
  name: 'publish',
  kind: 'publish',
  workload: 'trivial',
  lanes: ['raw-publish', 'atlas-bus', 'atlas-outbox'],
} as const;

const latency = { name: 'latency', kind: 'latency', workload: 'trivial', lanes: ['latency-handler'] } as const;

/**
 * The heap of a small container. On a machine with much memory V8 lets garbage lie until it has several times what lives,
 * in every lane, which would be all that is measured.
 */
const smallHeap = ['--max-old-space-size=64', '--max-semi-space-size=8'];

const memory = {
  name: 'memory',
  kind: 'drain',
  workload: 'trivial',
  lanes: ['raw-drain', 'atlas-drain'],
  v8Flags: smallHeap,
  maxRounds: 1,
} as const;
