import {
  deadLetterQueueName,
  type Domain,
  domains,
  queueDefaults,
  queueName,
  queuesOf,
  type Service,
  topicName,
} from '@atlas/event-contracts';
import { type App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Key } from 'aws-cdk-lib/aws-kms';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { createAlarm, period } from '../alarms/alarm.ts';
import { operatorTables } from '../described-apps.ts';
import { publishedDomains } from '../published-domains.ts';
import type { Stage } from '../stages.ts';
import { createTable } from '../tables.ts';

/** A queue of a service, with where its dead letters go. */
export interface ServiceQueue {
  readonly service: Service;
  readonly queue: Queue;
  readonly deadLetters: Queue;
}

export interface Messaging {
  readonly stack: Stack;
  readonly key: Key;
  readonly topics: ReadonlyMap<Domain, Topic>;
  readonly queues: readonly ServiceQueue[];
}

/** Topics, queues, dead-letter queues, subscriptions and their alarms, all of them read off the topology. */
export function createMessagingStack(
  app: App,
  { stage, apps, alarms }: { stage: Stage; apps: readonly Service[]; alarms: ITopic },
): Messaging {
  const stack = new Stack(app, `${stage.prefix}-messaging`, {
    env: { region: stage.region },
    description: `Atlas ${stage.name}: topics and queues, as the topology has them`,
    terminationProtection: stage.keepsData,
  });
  const key = new Key(stack, 'Key', { enableKeyRotation: true, description: `${stage.prefix}: messages` });
  // A service needs the topics that it publishes to as much as those it hears.
  const used = apps.flatMap((name) => [...publishedDomains(name), ...queuesOf(name).map(({ domain }) => domain)]);
  const topics = new Map(
    domains
      .filter((domain) => used.includes(domain))
      .map((domain) => [domain, createTopic(stack, topicName(stage.prefix, domain), key)]),
  );
  const queues = apps.flatMap((service) =>
    queuesOf(service).map(({ domain, eventKeys }) => {
      const made = createQueue(stack, { stage, service, domain, key });
      // Raw delivery keeps body and attributes as they were published; the filter lets only the consumed majors through.
      const filterPolicy = { EventKey: SubscriptionFilter.stringFilter({ allowlist: [...eventKeys] }) };
      topics.get(domain)!.addSubscription(new SqsSubscription(made.queue, { rawMessageDelivery: true, filterPolicy }));
      watchQueue(stack, alarms, made);
      return made;
    }),
  );
  for (const table of operatorTables()) createTable(stack, stage, table);
  return { stack, key, topics, queues };
}

function createTopic(stack: Stack, name: string, masterKey: Key): Topic {
  return new Topic(stack, name, { topicName: name, masterKey, enforceSSL: true });
}

function createQueue(
  stack: Stack,
  { stage, service, domain, key }: { stage: Stage; service: Service; domain: Domain; key: Key },
): ServiceQueue {
  const encrypted = {
    ...{ encryption: QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true },
    // One call to KMS in five minutes per queue, instead of one per batch.
    dataKeyReuse: Duration.minutes(5),
  };
  const deadLetterName = deadLetterQueueName(stage.prefix, service, domain);
  const deadLetters = new Queue(stack, deadLetterName, {
    ...encrypted,
    queueName: deadLetterName,
    retentionPeriod: Duration.seconds(queueDefaults.deadLetterRetentionSeconds),
  });
  const name = queueName(stage.prefix, service, domain);
  const queue = new Queue(stack, name, {
    ...encrypted,
    queueName: name,
    visibilityTimeout: Duration.seconds(queueDefaults.visibilityTimeoutSeconds),
    retentionPeriod: Duration.seconds(queueDefaults.retentionSeconds),
    receiveMessageWaitTime: Duration.seconds(queueDefaults.waitTimeSeconds),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: queueDefaults.maxReceiveCount },
  });
  // A queue that nobody hears any more may still hold what somebody waits for: a person removes it.
  for (const each of [queue, deadLetters]) {
    each.applyRemovalPolicy(stage.keepsData ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY);
  }
  return { service, queue, deadLetters };
}

function watchQueue(stack: Stack, alarms: ITopic, { queue, deadLetters }: ServiceQueue): void {
  createAlarm(stack, alarms, {
    ...{ name: `${deadLetters.node.id}-depth`, kind: 'dlq-depth' },
    metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
  });
  createAlarm(stack, alarms, {
    ...{ name: `${queue.node.id}-age`, kind: 'queue-age' },
    metric: queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' }),
  });
}
