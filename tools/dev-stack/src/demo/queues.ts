import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { deadLetterQueueName, queueName, queuesOf } from '@atlas/event-contracts';
import type { Service } from '@atlas/event-contracts';
import { resolveQueue } from '@atlas/messaging';

/** Looks at the depths of the queues of some services. */
export interface Queues {
  /** Messages per dead-letter queue. */
  deadLetters(): Promise<Map<string, number>>;
  /** Messages that wait or are in hand, over all queues; dead letters not counted. */
  backlog(): Promise<number>;
}

/** Depths come from SQS itself, where also messages are seen that the queue moved without a consumer's doing. */
export function createQueues(options: { sqs: SQSClient; prefix: string; services: readonly Service[] }): Queues {
  const { sqs, prefix, services } = options;
  const named = (name: typeof queueName) =>
    services.flatMap((service) => queuesOf(service).map(({ domain }) => name(prefix, service, domain)));

  const depthOf = async (queue: string): Promise<[string, number]> => {
    const QueueUrl = await resolveQueue({ sqs, name: queue });
    const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    );
    return [queue, AttributeNames.reduce((sum, attribute) => sum + Number(Attributes[attribute] ?? 0), 0)];
  };

  return {
    deadLetters: async () => new Map(await Promise.all(named(deadLetterQueueName).map(depthOf))),
    backlog: async () => {
      const depths = await Promise.all(named(queueName).map(depthOf));
      return depths.reduce((sum, [, depth]) => sum + depth, 0);
    },
  };
}
