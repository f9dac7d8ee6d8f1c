import {
  deadLetterQueueName,
  type Domain,
  domains,
  eventCatalogue,
  queueName,
  queuesOf,
  type Service,
  topicName,
} from '@atlas/event-contracts';
import { queueArn, type ResourceScope, topicArns } from './arns.ts';
import {
  deadLetterQueueAttributes,
  queueAttributes,
  type QueueOverrides,
  subscriptionAttributes,
} from './queue-settings.ts';

/** For whom, and where, there is to be a topology. */
export interface TopologyScope extends ResourceScope, QueueOverrides {
  /** Only what these services publish and consume. */
  readonly services: readonly Service[];
}

export type Attributes = Readonly<Record<string, string>>;

export interface DesiredQueue {
  readonly kind: 'queue' | 'dead-letter queue';
  readonly name: string;
  readonly attributes: Attributes;
}

export interface DesiredSubscription {
  readonly topicArn: string;
  readonly queueArn: string;
  readonly attributes: Attributes;
}

/** What there is to be. */
export interface DesiredTopology {
  readonly topics: readonly { readonly name: string; readonly arn: string }[];
  readonly queues: readonly DesiredQueue[];
  readonly subscriptions: readonly DesiredSubscription[];
  /** ARNs of all queues that these services could have: what one of them hears is the topology's to say, and nobody else's. */
  readonly ownQueues: ReadonlySet<string>;
}

/** The topics, queues, dead-letter queues and subscriptions that the topology gives these services. */
export function desiredTopology(scope: TopologyScope): DesiredTopology {
  const { services, prefix } = scope;
  const topicArn = topicArns(scope);
  const heard = services.flatMap((service) => queuesOf(service).map((queue) => ({ service, ...queue })));
  const arnOf = (service: Service, domain: Domain) => queueArn(scope, queueName(prefix, service, domain));
  return {
    topics: usedDomains(services).map((domain) => ({ name: topicName(prefix, domain), arn: topicArn(domain) })),
    queues: heard.flatMap(({ service, domain }) => queuesFor(scope, service, domain)),
    subscriptions: heard.map(({ service, domain, eventKeys }) => ({
      ...{ topicArn: topicArn(domain), queueArn: arnOf(service, domain) },
      attributes: subscriptionAttributes(eventKeys),
    })),
    ownQueues: new Set(services.flatMap((service) => domains.map((domain) => arnOf(service, domain)))),
  };
}

/** A service needs the topics that it publishes to as much as those that it hears. */
function usedDomains(services: readonly Service[]): Domain[] {
  const published = eventCatalogue.filter((event) => services.includes(event.producer)).map((event) => event.domain);
  const consumed = services.flatMap((service) => queuesOf(service).map((queue) => queue.domain));
  return [...new Set([...published, ...consumed])];
}

function queuesFor(scope: TopologyScope, service: Service, domain: Domain): DesiredQueue[] {
  const name = queueName(scope.prefix, service, domain);
  const deadLetterName = deadLetterQueueName(scope.prefix, service, domain);
  const arns = {
    queue: queueArn(scope, name),
    deadLetterQueue: queueArn(scope, deadLetterName),
    topic: topicArns(scope)(domain),
  };
  return [
    { kind: 'dead-letter queue', name: deadLetterName, attributes: deadLetterQueueAttributes() },
    { kind: 'queue', name, attributes: queueAttributes(arns, scope) },
  ];
}
