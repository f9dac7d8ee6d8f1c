import { desiredTopology } from './desired-topology.ts';
import type { FoundTopology } from './inspect-topology.ts';
import { describeTopologyChange, planTopology } from './topology-plan.ts';

const desired = desiredTopology({
  ...{ region: 'eu-central-1', accountId: '000000000000', prefix: 'atlas' },
  services: ['gateway', 'notification'],
});
const arn = (service: string, name: string) => `arn:aws:${service}:eu-central-1:000000000000:${name}`;
const orderQueue = 'atlas-notification-order-events';

/** All as it should be. */
function inOrder(): FoundTopology {
  return {
    topics: new Set(desired.topics.map(({ arn }) => arn)),
    queues: new Map(desired.queues.map(({ name, attributes }) => [name, { url: `http://sqs/${name}`, attributes }])),
    subscriptions: desired.subscriptions.map((each, index) => ({ ...each, arn: `arn:subscription:${index}` })),
  };
}

const plan = (found: FoundTopology) =>
  planTopology(desired, found).map((change) => Object.values(describeTopologyChange(change)).join(' '));

function withQueue(name: string, attributes: Record<string, string>): FoundTopology {
  const found = inOrder();
  const queue = found.queues.get(name)!;
  return {
    ...found,
    queues: new Map(found.queues).set(name, { ...queue, attributes: { ...queue.attributes, ...attributes } }),
  };
}

function withOrderSubscription(attributes: Record<string, string>): FoundTopology {
  const found = inOrder();
  const subscriptions = found.subscriptions.map((each) =>
    each.queueArn.endsWith(orderQueue) ? { ...each, attributes: { ...each.attributes, ...attributes } } : each,
  );
  return { ...found, subscriptions };
}

test('nothing is to be done when all is as it should be', () => {
  expect(plan(inOrder())).toEqual([]);
});

test('where nothing is, everything is to be made: what others need first', () => {
  const found = plan({ topics: new Set(), queues: new Map(), subscriptions: [] });
  expect(found.slice(0, 2)).toEqual(['create topic atlas-user-events', 'create topic atlas-order-events']);
  expect(found).toContain(`create dead-letter queue ${orderQueue}-dlq`);
  expect(found).toContain(`create queue ${orderQueue}`);
  expect(found.at(-1)).toBe('subscribe atlas-notification-subscription-events to atlas-subscription-events');
  expect(found).toHaveLength(4 * 4);
});

test.each<[string, FoundTopology, string]>([
  [
    'another redrive policy',
    withQueue(orderQueue, {
      RedrivePolicy: `{"maxReceiveCount":"5","deadLetterTargetArn":"${arn('sqs', `${orderQueue}-dlq`)}"}`,
    }),
    `change queue ${orderQueue}: RedrivePolicy.maxReceiveCount 5 -> 10`,
  ],
  [
    'another visibility timeout and retention',
    withQueue(orderQueue, { VisibilityTimeout: '5', MessageRetentionPeriod: '60' }),
    `change queue ${orderQueue}: VisibilityTimeout 5 -> 30; MessageRetentionPeriod 60 -> 86400`,
  ],
  [
    'dead letters that are kept for less',
    withQueue(`${orderQueue}-dlq`, { MessageRetentionPeriod: '86400' }),
    `change dead-letter queue ${orderQueue}-dlq: MessageRetentionPeriod 86400 -> 1209600`,
  ],
  [
    'another filter policy',
    withOrderSubscription({ FilterPolicy: '{"EventKey":["order.unheard.v1"]}' }),
    `change subscription of ${orderQueue} to atlas-order-events: ` +
      'FilterPolicy.EventKey -order.unheard.v1 +order.completed.v1',
  ],
  [
    'raw delivery switched off',
    withOrderSubscription({ RawMessageDelivery: 'false' }),
    `change subscription of ${orderQueue} to atlas-order-events: RawMessageDelivery false -> true`,
  ],
])('%s is to be put right, and nothing else', (_, found, wanted) => {
  expect(plan(found)).toEqual([wanted]);
});

test('a retention that somebody has made longer is left alone: to shorten it deletes what waits', () => {
  expect(plan(withQueue(orderQueue, { MessageRetentionPeriod: '1209600' }))).toEqual([]);
});

test('a queue policy that lets another topic send', () => {
  const Policy = desired.queues.find(({ name }) => name === orderQueue)!.attributes['Policy']!;
  const found = withQueue(orderQueue, { Policy: Policy.replace('atlas-order-events', 'atlas-user-events') });
  expect(plan(found)).toEqual([expect.stringMatching(/^change queue \S+: Policy\.Statement -\{.*\} \+\{.*\}$/)]);
});

test('a missing subscription is to be made, and one that the topology does not have to be ended', () => {
  const { subscriptions, ...rest } = inOrder();
  const moved = subscriptions.map((each) =>
    each.queueArn.endsWith(orderQueue) ? { ...each, topicArn: arn('sns', 'atlas-user-events') } : each,
  );
  expect(plan({ ...rest, subscriptions: moved })).toEqual([
    `subscribe ${orderQueue} to atlas-order-events`,
    `unsubscribe ${orderQueue} from atlas-user-events, which the topology does not let it hear`,
  ]);
});
