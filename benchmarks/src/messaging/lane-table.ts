import type { Lane, LaneName } from './measurement.ts';

/** Each lane is loaded alone, so that its process carries nothing of the others. */
export const laneTable: Record<LaneName, () => Promise<Lane>> = {
  'raw-drain': async () => (await import('./lanes/raw-drain.ts')).run,
  'sqs-consumer-single': async () => (await import('./lanes/sqs-consumer.ts')).runSingle,
  'sqs-consumer-batch': async () => (await import('./lanes/sqs-consumer.ts')).runBatch,
  'message-queue-toolkit': async () => (await import('./lanes/message-queue-toolkit.ts')).run,
  'atlas-drain': async () => (await import('./lanes/atlas-drain.ts')).run,
  'raw-publish': async () => (await import('./lanes/raw-publish.ts')).run,
  'atlas-bus': async () => (await import('./lanes/atlas-bus.ts')).run,
  'atlas-outbox': async () => (await import('./lanes/atlas-outbox.ts')).run,
  'latency-orders': async () => (await import('./lanes/latency-orders.ts')).run,
  'latency-handler': async () => (await import('./lanes/latency-handler.ts')).run,
};
