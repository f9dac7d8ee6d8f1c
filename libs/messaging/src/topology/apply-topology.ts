import {
  CreateTopicCommand,
  SetSubscriptionAttributesCommand,
  type SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { CreateQueueCommand, SetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { explained } from '@atlas/platform';
import type { AttributeChange } from './drift.ts';
import type { TopologyChange } from './topology-plan.ts';

interface Clients {
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
}

/**
 * SQS refuses a redrive policy whose target does not exist, and SNS a subscription without its two ends. A topic takes events as soon as
 * it is there and loses what nobody hears: it comes after all that could fail, right before its subscriptions. Until then publishers keep
 * their events.
 */
const order: readonly TopologyChange['kind'][] = ['dead-letter queue', 'queue', 'topic', 'subscription'];

/** Does what was planned; another process may do the same at the same time. Throws SetupError when access is denied. */
export async function applyTopology(clients: Clients, changes: readonly TopologyChange[]): Promise<void> {
  for (const kind of order) {
    const now = changes.filter((change) => change.kind === kind);
    await explained('set up topics and queues', () => Promise.all(now.map((change) => apply(clients, change))));
  }
}

async function apply(clients: Clients, change: TopologyChange): Promise<void> {
  const { sns, sqs } = clients;
  if (change.kind === 'topic') await sns.send(new CreateTopicCommand({ Name: change.name }));
  else if (change.kind === 'subscription') await applySubscription(sns, change);
  else if (change.action === 'create')
    await sqs.send(new CreateQueueCommand({ QueueName: change.name, Attributes: change.attributes }));
  else await sqs.send(new SetQueueAttributesCommand({ QueueUrl: change.url, Attributes: wantedOf(change.attributes) }));
}

async function applySubscription(
  sns: SNSClient,
  change: Extract<TopologyChange, { kind: 'subscription' }>,
): Promise<void> {
  if (change.action === 'create') {
    const { topicArn: TopicArn, queueArn: Endpoint, attributes } = change;
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes: { ...attributes } }));
  } else if (change.action === 'change') {
    for (const { name, to } of change.attributes) {
      const attribute = { AttributeName: name, AttributeValue: to };
      await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn: change.arn, ...attribute }));
    }
  } else await sns.send(new UnsubscribeCommand({ SubscriptionArn: change.arn }));
}

const wantedOf = (changes: readonly AttributeChange[]): Record<string, string> =>
  Object.fromEntries(changes.map(({ name, to }) => [name, to]));
