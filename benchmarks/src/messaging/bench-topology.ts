import { deadLetterQueueName, queueName, queuesOf, type Service } from '@atlas/event-contracts';
import { provisionTopology, resolveQueue, topicArns } from '@atlas/messaging';
import { DeleteTopicCommand } from '@aws-sdk/client-sns';
import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import type { BenchQueue } from './measurement.ts';
import type { Stage } from './stage.ts';

const consumer: Service = 'notification';

export interface BenchTopology {
  /** The only queue that hears order.completed here. */
  readonly queue: BenchQueue;
  remove(): Promise<void>;
}

/** The real topics, queues and subscriptions of gateway and notification, under a prefix of their own. */
export async function createBenchTopology(stage: Stage, prefix: string): Promise<BenchTopology> {
  const { sns, sqs } = stage;
  const { region, accountId } = stage.place;
  await provisionTopology({ sns, sqs, prefix, region, accountId, services: ['gateway', consumer] });
  const name = queueName(prefix, consumer, 'order');
  const url = await resolveQueue({ sqs, name });
  const deadLetterUrl = await resolveQueue({ sqs, name: deadLetterQueueName(prefix, consumer, 'order') });
  const arnOf = topicArns({ region, accountId, prefix });
  return {
    queue: { name, url, deadLetterUrl },
    async remove() {
      for (const { domain } of queuesOf(consumer)) {
        await sns.send(new DeleteTopicCommand({ TopicArn: arnOf(domain) }));
        const queues = [queueName(prefix, consumer, domain), deadLetterQueueName(prefix, consumer, domain)];
        for (const queue of queues) {
          await sqs.send(new DeleteQueueCommand({ QueueUrl: await resolveQueue({ sqs, name: queue }) }));
        }
      }
    },
  };
}
