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
  const warmUp = messages / 5;
  const workloads: Workload[] = ['trivial', '5 ms', 'mixed'];
  return [
    ...workloads.map((workload): Experiment => ({
      name: `drain ${workload}`,
      kind: 'drain',
      workload,
      lanes: drainLanes,
      messages,
      warmUp,
    })),
    {
      name: 'publish',
      kind: 'publish',
      workload: 'trivial',
      lanes: ['raw-publish', 'atlas-bus', 'atlas-outbox'],
      messages,
      warmUp,
    },
    // 100,000 messages in all where a drain has 10,000: what is kept for ever shows only with time.
    {
      name: 'memory',
      kind: 'drain',
      workload: 'trivial',
      lanes: ['raw-drain', 'atlas-drain'],
      messages: messages * 8,
      warmUp: messages * 2,
    },
    // 20 seconds of orders where a drain has 10,000 messages, after 3 seconds that do not count.
    {
      name: 'latency',
      kind: 'latency',
      workload: 'trivial',
      lanes: ['latency-handler'],
      messages: messages / 10,
      warmUp: 3 * ordersPerSecond,
    },
  ];
}
