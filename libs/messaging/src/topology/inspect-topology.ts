import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  paginateListSubscriptionsByTopic,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, type QueueAttributeName, type SQSClient } from '@aws-sdk/client-sqs';
import { isMissing } from './aws-refusals.ts';
import type { DesiredQueue, DesiredTopology } from './desired-topology.ts';
import { findQueue } from './resolve-queue.ts';

type FoundAttributes = Readonly<Record<string, string | undefined>>;

export interface FoundSubscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly queueArn: string;
  readonly attributes: FoundAttributes;
}

/** What there is of a desired topology, and of the subscriptions of its queues. */
export interface FoundTopology {
  /** ARNs. */
  readonly topics: ReadonlySet<string>;
  /** By name. */
  readonly queues: ReadonlyMap<string, { readonly url: string; readonly attributes: FoundAttributes }>;
  readonly subscriptions: readonly FoundSubscription[];
}

/** Looks at all that the topology names, and changes nothing. Subscriptions of queues that are not its own are not looked at. */
export async function inspectTopology(
  { sns, sqs }: { sns: SNSClient; sqs: SQSClient },
  { topics, queues, ownQueues }: DesiredTopology,
): Promise<FoundTopology> {
  const [foundTopics, foundQueues] = await Promise.all([
    Promise.all(topics.map(({ arn }) => inspectTopic(sns, arn, ownQueues))),
    Promise.all(queues.map(async (queue) => [queue.name, await inspectQueue(sqs, queue)] as const)),
  ]);
  return {
    topics: new Set(topics.flatMap(({ arn }, index) => (foundTopics[index] === undefined ? [] : [arn]))),
    queues: new Map(foundQueues.flatMap(([name, found]) => (found === undefined ? [] : [[name, found] as const]))),
    subscriptions: foundTopics.flatMap((subscriptions) => subscriptions ?? []),
  };
}

/** The subscriptions that our queues have to a topic, or undefined when there is no such topic. */
async function inspectTopic(
  sns: SNSClient,
  topicArn: string,
  ownQueues: ReadonlySet<string>,
): Promise<FoundSubscription[] | undefined> {
  const topic = await unlessMissing(sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn })));
  if (topic === undefined) return undefined;
  const found: { arn: string; queueArn: string }[] = [];
  for await (const page of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: topicArn })) {
    for (const { Endpoint = '', SubscriptionArn = '' } of page.Subscriptions ?? []) {
      // One that waits for its confirmation has words where its ARN will be.
      if (ownQueues.has(Endpoint) && SubscriptionArn.startsWith('arn:'))
        found.push({ arn: SubscriptionArn, queueArn: Endpoint });
    }
  }
  const inspected = found.map(async ({ arn, queueArn }) => {
    const answer = await unlessMissing(sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn: arn })));
    return answer && { arn, topicArn, queueArn, attributes: answer.Attributes ?? {} };
  });
  return (await Promise.all(inspected)).filter((each) => each !== undefined);
}

async function inspectQueue(sqs: SQSClient, { name, attributes }: DesiredQueue) {
  const url = await findQueue(sqs, name);
  if (url === undefined) return undefined;
  const AttributeNames = Object.keys(attributes) as QueueAttributeName[];
  const answer = await unlessMissing(sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames })));
  return answer && { url, attributes: answer.Attributes ?? {} };
}

/** Undefined when it does not exist, perhaps because somebody has removed it since it was listed. */
async function unlessMissing<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
