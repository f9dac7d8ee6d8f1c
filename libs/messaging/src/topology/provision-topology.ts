import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import {
  deadLetterQueueName,
  type Domain,
  type EventKey,
  eventCatalogue,
  queueName,
  queuesOf,
  type Service,
  topicName,
} from '@atlas/event-contracts';
import { explained } from '@atlas/platform';
import { queueArn, type ResourceScope, topicArns } from './arns.ts';
import {
  deadLetterQueueAttributes,
  queueAttributes,
  type QueueOverrides,
  subscriptionAttributes,
} from './queue-settings.ts';
import {
  reconcileQueue,
  reconcileSubscription,
  reconcileTopic,
  subscriptionsOf,
  type TopologyStep,
} from './reconcile.ts';

export interface ProvisionOptions extends ResourceScope, QueueOverrides {
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
  /** Only what these services publish and consume is made. */
  readonly services: readonly Service[];
  /** Told about every resource as soon as it is as it should be, also when nothing had to change. */
  readonly onStep?: (step: TopologyStep) => void;
}

/**
 * Makes the topics, queues, dead-letter queues and subscriptions of the given services exist as the topology says, and
 * returns what had to change. Running it again changes nothing; what somebody changed by hand is put right. Nothing is
 * ever deleted. Throws SetupError when access is denied.
 */
export async function provisionTopology(options: ProvisionOptions): Promise<TopologyStep[]> {
  const steps: TopologyStep[] = [];
  const record = (step: TopologyStep) => {
    steps.push(step);
    options.onStep?.(step);
  };
  await explained('set up topics and queues', () =>
    Promise.all(domainsOf(options.services).map((domain) => provisionDomain(options, domain, record))),
  );
  return steps.filter((step) => step.action !== 'unchanged');
}

/** A service needs the topics it publishes to as much as those it hears. */
function domainsOf(services: readonly Service[]): Domain[] {
  const published = eventCatalogue.filter((event) => services.includes(event.producer)).map((event) => event.domain);
  const consumed = services.flatMap((service) => queuesOf(service).map((queue) => queue.domain));
  return [...new Set([...published, ...consumed])];
}

async function provisionDomain(options: ProvisionOptions, domain: Domain, record: (step: TopologyStep) => void) {
  const { sns, prefix } = options;
  const topic = { arn: topicArns(options)(domain), name: topicName(prefix, domain) };
  const subscriptions = reconcileTopic(sns, topic).then((outcome) => {
    record({ kind: 'topic', name: topic.name, ...outcome });
    return subscriptionsOf(sns, topic.arn);
  });
  const queues = options.services.flatMap((service) =>
    queuesOf(service)
      .filter((queue) => queue.domain === domain)
      .map(({ eventKeys }) => ({ service, eventKeys })),
  );
  const provisioned = queues.map(async ({ service, eventKeys }) => {
    const arn = await provisionQueue(options, service, domain, record);
    await subscribeQueue(options, { topic, queue: arn, eventKeys, existing: (await subscriptions).get(arn) }, record);
  });
  await Promise.all([subscriptions, ...provisioned]);
}

/** The dead-letter queue comes first: SQS refuses a redrive policy whose target does not exist. */
async function provisionQueue(
  options: ProvisionOptions,
  service: Service,
  domain: Domain,
  record: (step: TopologyStep) => void,
): Promise<string> {
  const { sqs, prefix } = options;
  const name = queueName(prefix, service, domain);
  const deadLetterName = deadLetterQueueName(prefix, service, domain);
  const arns = {
    queue: queueArn(options, name),
    deadLetterQueue: queueArn(options, deadLetterName),
    topic: topicArns(options)(domain),
  };
  const deadLetters = await reconcileQueue(sqs, deadLetterName, deadLetterQueueAttributes());
  record({ kind: 'dead-letter queue', name: deadLetterName, ...deadLetters });
  const queue = await reconcileQueue(sqs, name, queueAttributes(arns, options));
  record({ kind: 'queue', name, ...queue });
  return arns.queue;
}

async function subscribeQueue(
  options: ProvisionOptions,
  target: { topic: { arn: string; name: string }; queue: string; eventKeys: EventKey[]; existing: string | undefined },
  record: (step: TopologyStep) => void,
): Promise<void> {
  const outcome = await reconcileSubscription(options.sns, {
    topicArn: target.topic.arn,
    queueArn: target.queue,
    existing: target.existing,
    wanted: subscriptionAttributes(target.eventKeys),
  });
  const queue = target.queue.slice(target.queue.lastIndexOf(':') + 1);
  record({ kind: 'subscription', name: `${target.topic.name} -> ${queue}`, ...outcome });
}
