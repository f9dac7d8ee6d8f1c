import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  paginateListSubscriptionsByTopic,
  SetSubscriptionAttributesCommand,
  type SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { isMissing } from './aws-refusals.ts';
import { driftedAttributes } from './drift.ts';
import { findQueue } from './resolve-queue.ts';

/** What was found for one resource, and what was done about it. `attributes` are the names of those corrected. */
export interface TopologyStep {
  readonly kind: 'topic' | 'queue' | 'dead-letter queue' | 'subscription';
  readonly name: string;
  readonly action: 'created' | 'corrected' | 'unchanged';
  readonly attributes: readonly string[];
}

type Outcome = Pick<TopologyStep, 'action' | 'attributes'>;
type Attributes = Readonly<Record<string, string>>;

const created: Outcome = { action: 'created', attributes: [] };

function correctedOrUnchanged(drifted: Attributes): Outcome {
  const attributes = Object.keys(drifted);
  return { action: attributes.length > 0 ? 'corrected' : 'unchanged', attributes };
}

/** Makes the topic exist. It has no attributes of ours that could drift. */
export async function reconcileTopic(sns: SNSClient, topic: { arn: string; name: string }): Promise<Outcome> {
  try {
    await sns.send(new GetTopicAttributesCommand({ TopicArn: topic.arn }));
    return correctedOrUnchanged({});
  } catch (error) {
    if (!isMissing(error)) throw error;
    await sns.send(new CreateTopicCommand({ Name: topic.name }));
    return created;
  }
}

/** Makes the queue exist with these attributes. Two calls when nothing has to change. */
export async function reconcileQueue(sqs: SQSClient, name: string, wanted: Attributes): Promise<Outcome> {
  const url = await findQueue(sqs, name);
  if (url === undefined) {
    await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: wanted }));
    return created;
  }
  const found = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: Object.keys(wanted) as QueueAttributeName[] }),
  );
  const drifted = driftedAttributes(wanted, found.Attributes ?? {});
  if (Object.keys(drifted).length > 0) {
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: drifted }));
  }
  return correctedOrUnchanged(drifted);
}

/** The subscription of each queue of a topic, by the queue's ARN: one listing serves every queue of the topic. */
export async function subscriptionsOf(sns: SNSClient, topicArn: string): Promise<Map<string, string>> {
  const subscriptions = new Map<string, string>();
  for await (const page of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: topicArn })) {
    for (const { Endpoint, SubscriptionArn } of page.Subscriptions ?? []) {
      if (Endpoint && SubscriptionArn?.startsWith('arn:')) subscriptions.set(Endpoint, SubscriptionArn);
    }
  }
  return subscriptions;
}

/** Makes the queue hear the topic with these attributes. `existing` is the subscription's ARN when there is one. */
export async function reconcileSubscription(
  sns: SNSClient,
  subscription: { topicArn: string; queueArn: string; existing: string | undefined; wanted: Attributes },
): Promise<Outcome> {
  const { topicArn, queueArn, existing, wanted } = subscription;
  if (existing === undefined) {
    await sns.send(
      new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: queueArn, Attributes: { ...wanted } }),
    );
    return created;
  }
  const found = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: existing }));
  const drifted = driftedAttributes(wanted, found.Attributes ?? {});
  for (const [name, value] of Object.entries(drifted)) {
    await sns.send(
      new SetSubscriptionAttributesCommand({ SubscriptionArn: existing, AttributeName: name, AttributeValue: value }),
    );
  }
  return correctedOrUnchanged(drifted);
}
