import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { deadLetterQueueName, queueName, queuesOf, type Service, services } from '@atlas/event-contracts';
import { UnknownQueueError } from '../errors.ts';
import { findQueue } from '../topology/resolve-queue.ts';

/** A dead-letter queue of the topology and the queue that its messages came from. */
export interface DeadLetterQueue {
  readonly service: Service;
  readonly name: string;
  readonly url: string;
  readonly sourceName: string;
}

export interface QueueDepth {
  readonly waiting: number;
  /** Received by somebody (an operator with a long operation, say) and not given back yet. */
  readonly inFlight: number;
}

/**
 * The dead-letter queues that exist, by the topology; `wanted` is the name of one, or of the queue it belongs to, with or
 * without the prefix. Throws UnknownQueueError, which lists the names, when there is none like that.
 */
export async function findDeadLetterQueues(options: {
  sqs: SQSClient;
  prefix: string;
  wanted?: string | undefined;
}): Promise<DeadLetterQueue[]> {
  const { sqs, prefix, wanted } = options;
  const known = services.flatMap((service) =>
    queuesOf(service).map(({ domain }) => ({
      service,
      name: deadLetterQueueName(prefix, service, domain),
      sourceName: queueName(prefix, service, domain),
    })),
  );
  const chosen = wanted === undefined ? known : known.filter((queue) => isCalled(queue, wanted, prefix));
  const found = await Promise.all(chosen.map(async (queue) => ({ ...queue, url: await findQueue(sqs, queue.name) })));
  const existing = found.flatMap(({ url, ...queue }) => (url === undefined ? [] : [{ ...queue, url }]));
  if (wanted !== undefined && existing.length === 0) {
    throw new UnknownQueueError(
      wanted,
      known.map(({ sourceName }) => sourceName),
    );
  }
  return existing;
}

/** How many messages a queue holds, as SQS estimates it. */
export async function depthOf(sqs: SQSClient, url: string): Promise<QueueDepth> {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  const answer = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }));
  const [waiting, inFlight] = names.map((name) => Number(answer.Attributes?.[name] ?? 0));
  return { waiting: waiting ?? 0, inFlight: inFlight ?? 0 };
}

function isCalled(queue: { name: string; sourceName: string }, wanted: string, prefix: string): boolean {
  return [queue.name, queue.sourceName].some((name) => name === wanted || name === `${prefix}-${wanted}`);
}
