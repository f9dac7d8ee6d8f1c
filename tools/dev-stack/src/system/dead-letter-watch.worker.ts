import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { deadLetterQueueName, queuesOf, type Service, topology } from '@atlas/event-contracts';
import { resolveQueue } from '@atlas/messaging';
import { createSqsClient } from '@atlas/platform';
import type { DeadLetterDepth } from './dead-letter-watch.ts';

const everyMs = 2000;
/** Also those that an operator is looking at: a dead letter that was only received has not gone. */
const counts = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;

const prefix = process.env['ATLAS_PREFIX'] ?? '';
const sqs = createSqsClient({ region: process.env['AWS_REGION'] ?? '' });
const services = (workerData as string[]).filter((name): name is Service => name in topology.consumers);
const queues = services.flatMap((service) =>
  queuesOf(service).map(({ domain }) => deadLetterQueueName(prefix, service, domain)),
);

const depths = new Map<string, number | undefined>(queues.map((queue) => [queue, undefined]));
for (;;) {
  for (const queue of queues) await look(queue).catch(() => {});
  await delay(everyMs);
}

async function look(queue: string): Promise<void> {
  const QueueUrl = await resolveQueue({ sqs, name: queue });
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...counts] }));
  const depth = counts.reduce((sum, count) => sum + Number(Attributes[count] ?? 0), 0);
  const before = depths.get(queue);
  depths.set(queue, depth);
  if (depth === (before ?? 0)) return;
  const report: DeadLetterDepth = { queue, depth, before };
  parentPort?.postMessage(report);
}
