import type { Experiment } from './experiments.ts';
import { createBenchDatabase, fillOutbox } from './bench-database.ts';
import { createBenchQueue, deleteBenchQueue, fillBenchQueue, messagesIn } from './bench-queue.ts';
import { createBenchTopology } from './bench-topology.ts';
import type { Stage } from './stage.ts';
import { type LaneOptions, startLane } from './lane-process.ts';
import type { LaneName, LaneOrder, Measurement, Moment } from './measurement.ts';
import { percentile } from '../statistics.ts';

export interface RunOptions {
  readonly profileDir?: string | undefined;
}

/** Gives one lane of an experiment a fresh queue, fills it, runs the lane, and checks that nothing was lost or doubled. */
export async function runLane(
  stage: Stage,
  experiment: Experiment,
  lane: LaneName,
  { profileDir }: RunOptions,
): Promise<Measurement> {
  const runs = { drain: runDrain, publish: runPublish, latency: runLatency };
  const options = { profileDir, v8Flags: experiment.v8Flags };
  return runs[experiment.kind](stage, orderFor(stage, experiment, lane), options);
}

function orderFor(stage: Stage, experiment: Experiment, lane: LaneName): LaneOrder {
  return {
    lane,
    workload: experiment.workload,
    messages: experiment.messages,
    warmUp: experiment.warmUp,
    receivers: 8,
    maxInFlight: 80,
    prefix: stage.nextPrefix(),
    ...stage.place,
  };
}

async function runDrain(stage: Stage, order: LaneOrder, options: LaneOptions): Promise<Measurement> {
  const { sqs } = stage;
  const queue = await createBenchQueue(sqs, `${order.prefix}-notification-order-events`);
  try {
    await fillBenchQueue(sqs, queue, order.warmUp + order.messages);
    const { measurement } = await startLane({ ...order, queue }, options).result;
    await expectMessages(stage, queue.url, 0);
    await expectMessages(stage, queue.deadLetterUrl, 0);
    return measurement;
  } finally {
    await deleteBenchQueue(sqs, queue);
  }
}

async function runPublish(stage: Stage, order: LaneOrder, options: LaneOptions): Promise<Measurement> {
  const topology = await createBenchTopology(stage, order.prefix);
  const count = order.warmUp + order.messages;
  try {
    if (order.lane !== 'atlas-outbox') {
      const { measurement } = await startLane(order, options).result;
      await expectMessages(stage, topology.queue.url, count);
      return measurement;
    }
    const database = await createBenchDatabase(stage, order.prefix);
    try {
      await fillOutbox(database.url, count);
      const { measurement } = await startLane({ ...order, databaseUrl: database.url }, options).result;
      await expectMessages(stage, topology.queue.url, count);
      return measurement;
    } finally {
      await database.drop();
    }
  } finally {
    await topology.remove();
  }
}

/** Two processes, as in the product: one commits orders and relays their events, one handles them. */
async function runLatency(stage: Stage, order: LaneOrder, options: LaneOptions): Promise<Measurement> {
  const topology = await createBenchTopology(stage, order.prefix);
  const database = await createBenchDatabase(stage, order.prefix);
  try {
    const both = { ...order, queue: topology.queue, databaseUrl: database.url };
    const handler = startLane(both, options);
    await handler.ready;
    const orders = startLane({ ...both, lane: 'latency-orders' }, options);
    const [committed, handled] = await Promise.all([orders.result, handler.result]);
    return latencies(committed.moments!, handled.moments!, order);
  } finally {
    await database.drop();
    await topology.remove();
  }
}

function latencies(committed: Moment[], handled: Moment[], order: LaneOrder): Measurement {
  const handledAt = new Map(handled);
  if (handled.length !== committed.length || handledAt.size !== committed.length) {
    throw new Error(`latency: ${committed.length} orders, ${handled.length} handled, ${handledAt.size} different ones`);
  }
  const waits = committed.slice(order.warmUp).map(([id, atMs]) => handledAt.get(id)! - atMs);
  return { p50Ms: percentile(waits, 0.5), p99Ms: percentile(waits, 0.99) };
}

async function expectMessages(stage: Stage, url: string, expected: number): Promise<void> {
  const found = await messagesIn(stage.sqs, url);
  if (found !== expected) throw new Error(`${url} holds ${found} messages and should hold ${expected}`);
}
