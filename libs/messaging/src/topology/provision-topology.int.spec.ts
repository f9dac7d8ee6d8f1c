import {
  DeleteTopicCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs';
import { deadLetterQueueName, queueName } from '@atlas/event-contracts';
import { createSnsClient, createSqsClient, SetupError } from '@atlas/platform';
import { eventually, testPrefix } from '@atlas/testing';
import { topicArns } from './arns.ts';
import { planProvisioning, provisionTopology } from './provision-topology.ts';
import { resolveQueue } from './resolve-queue.ts';
import { describeTopologyChange, type TopologyChange } from './topology-plan.ts';

const region = process.env.AWS_REGION!;
const sns = createSnsClient({ region });
const sqs = createSqsClient({ region });
const scope = { region, accountId: process.env.ATLAS_AWS_ACCOUNT_ID! };

afterAll(() => {
  sns.destroy();
  sqs.destroy();
});

/** One service's topology under a prefix of its own. */
async function provisioned() {
  const prefix = testPrefix();
  const options = { ...scope, sns, sqs, prefix, services: ['notification'] as const };
  const provision = () => provisionTopology(options);
  const changes = await provision();
  const queue = await resolveQueue({ sqs, name: queueName(prefix, 'notification', 'order') });
  return {
    prefix,
    plan: () => planProvisioning(options),
    provision,
    changes,
    queue,
    topic: topicArns({ ...scope, prefix })('order'),
  };
}

const inWords = (changes: readonly TopologyChange[]): string[] =>
  changes.map((change) => Object.values(describeTopologyChange(change)).join(' '));

async function attributesOf(url: string): Promise<Record<string, string>> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
  return Attributes as Record<string, string>;
}

async function orderSubscription(topic: string): Promise<string> {
  const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }));
  return Subscriptions!.find(({ Endpoint }) => Endpoint!.endsWith('notification-order-events'))!.SubscriptionArn!;
}

/** Bodies that arrive when `EventKey`s are published one after the other; stops at the first that is `last`. */
async function arriving(topic: string, queue: string, keys: string[], last: string): Promise<string[]> {
  for (const key of keys) {
    const MessageAttributes = { EventKey: { DataType: 'String', StringValue: key } };
    await sns.send(new PublishCommand({ TopicArn: topic, Message: `{"key":"${key}"}`, MessageAttributes }));
  }
  const bodies: string[] = [];
  await eventually(async () => {
    const received = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue, WaitTimeSeconds: 1 }));
    bodies.push(...(received.Messages ?? []).map((message) => message.Body!));
    expect(bodies).toContain(`{"key":"${last}"}`);
  });
  return bodies;
}

describe('provisionTopology', () => {
  it('creates a queue with its limits, its dead-letter queue, and the right to send for its topic alone', async () => {
    const { prefix, queue, topic } = await provisioned();
    const attributes = await attributesOf(queue);
    expect(attributes).toMatchObject({
      VisibilityTimeout: '30',
      MessageRetentionPeriod: '86400',
      ReceiveMessageWaitTimeSeconds: '20',
    });
    expect(JSON.parse(attributes.RedrivePolicy!)).toEqual({
      deadLetterTargetArn: `${attributes.QueueArn}-dlq`,
      maxReceiveCount: 10,
    });
    expect(JSON.parse(attributes.Policy!).Statement).toEqual([
      expect.objectContaining({
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: attributes.QueueArn,
        Condition: { ArnEquals: { 'aws:SourceArn': topic } },
      }),
    ]);
    const dlq = await resolveQueue({ sqs, name: deadLetterQueueName(prefix, 'notification', 'order') });
    expect((await attributesOf(dlq)).MessageRetentionPeriod).toBe('1209600');
  });

  it('delivers raw, and only the event keys that the service consumes', async () => {
    const { topic, queue } = await provisioned();
    const keys = ['order.completed.v2', 'order.unheard.v1', 'order.completed.v1'];
    expect(await arriving(topic, queue, keys, 'order.completed.v1')).toEqual(['{"key":"order.completed.v1"}']);
  });

  it('makes nothing for services that were not asked for, but the topics that they publish to', async () => {
    const prefix = testPrefix();
    const changes = await provisionTopology({ ...scope, sns, sqs, prefix, services: ['gateway'] });
    expect(inWords(changes).sort()).toEqual([
      `create topic ${prefix}-order-events`,
      `create topic ${prefix}-user-events`,
    ]);
  });

  it('changes nothing the second time, and says so', async () => {
    const { changes, provision } = await provisioned();
    expect(changes).toHaveLength(4 * 4);
    expect(changes.every((change) => change.action === 'create')).toBe(true);
    expect(await provision()).toEqual([]);
  });

  it('puts right what was changed by hand, and does exactly what it planned', async () => {
    const { prefix, plan, provision, queue, topic } = await provisioned();
    const name = queueName(prefix, 'notification', 'order');
    const { QueueArn, RedrivePolicy } = await attributesOf(queue);
    const Attributes = {
      ...{ VisibilityTimeout: '1', MessageRetentionPeriod: '60' },
      RedrivePolicy: JSON.stringify({ ...(JSON.parse(RedrivePolicy!) as object), maxReceiveCount: 3 }),
    };
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queue, Attributes }));
    const SubscriptionArn = await orderSubscription(topic);
    const changedByHand = { FilterPolicy: '{"EventKey":["order.unheard.v1"]}', RawMessageDelivery: 'false' };
    for (const [AttributeName, AttributeValue] of Object.entries(changedByHand)) {
      await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName, AttributeValue }));
    }
    // One that it should not have.
    await sns.send(
      new SubscribeCommand({ TopicArn: topicArns({ ...scope, prefix })('user'), Protocol: 'sqs', Endpoint: QueueArn }),
    );
    const planned = await plan();
    expect(inWords(planned)).toEqual([
      `change queue ${name}: VisibilityTimeout 1 -> 30; MessageRetentionPeriod 60 -> 86400; RedrivePolicy.maxReceiveCount 3 -> 10`,
      `change subscription of ${name} to ${prefix}-order-events: RawMessageDelivery false -> true; ` +
        'FilterPolicy.EventKey -order.unheard.v1 +order.completed.v1',
      `unsubscribe ${name} from ${prefix}-user-events, which the topology does not let it hear`,
    ]);
    expect((await attributesOf(queue)).VisibilityTimeout).toBe('1');
    expect(await provision()).toEqual(planned);
    expect(await plan()).toEqual([]);
    expect((await attributesOf(queue)).VisibilityTimeout).toBe('30');
    const keys = ['order.unheard.v1', 'order.completed.v1'];
    expect(await arriving(topic, queue, keys, 'order.completed.v1')).toEqual(['{"key":"order.completed.v1"}']);
  });

  it('leaves alone who else listens', async () => {
    const { prefix, plan, topic } = await provisioned();
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `${prefix}-somebody` }));
    const { QueueArn } = await attributesOf(QueueUrl!);
    await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: QueueArn }));
    expect(await plan()).toEqual([]);
  });

  it('brings back a subscription and a topic that were deleted', async () => {
    const { provision, queue, topic, prefix } = await provisioned();
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: await orderSubscription(topic) }));
    await sns.send(new DeleteTopicCommand({ TopicArn: topicArns({ ...scope, prefix })('user') }));
    expect(inWords(await provision())).toEqual([
      `create topic ${prefix}-user-events`,
      `subscribe ${prefix}-notification-user-events to ${prefix}-user-events`,
      `subscribe ${prefix}-notification-order-events to ${prefix}-order-events`,
    ]);
    expect(await arriving(topic, queue, ['order.completed.v1'], 'order.completed.v1')).toHaveLength(1);
  });

  it('may run in several processes at once', async () => {
    const prefix = testPrefix();
    const run = () => provisionTopology({ ...scope, sns, sqs, prefix, services: ['notification', 'reporting'] });
    await Promise.all([run(), run(), run()]);
    expect(await run()).toEqual([]);
    const { Subscriptions } = await sns.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: topicArns({ ...scope, prefix })('order') }),
    );
    expect(Subscriptions).toHaveLength(2);
  });
});

describe('resolveQueue', () => {
  it('says what to do when the queue does not exist', async () => {
    const missing = resolveQueue({ sqs, name: `${testPrefix()}-nothing` });
    await expect(missing).rejects.toThrow(SetupError);
    await expect(missing).rejects.toThrow(/does not exist\. Create the topology first/);
  });
});
