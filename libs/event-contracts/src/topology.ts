import { domainOf, type EventKey } from './catalogue.ts';
import { type Domain, domains, type Service } from './define-event.ts';

/**
 * Who receives what. Topics, queues, filter policies, alarms and the types of every service's handler table are made
 * from this table; a new consumer of an event starts with one entry here.
 */
export const topology = {
  domains,
  consumers: {
    gateway: [],
    notification: [
      'user.registered.v1',
      'order.completed.v1',
      'charge.failed.v1',
      'charge.reversed.v1',
      'subscription.activated.v1',
      'subscription.changed.v1',
    ],
    // Both majors of charge.succeeded, as during any move from one to the next: whichever comes first is handled.
    subscription: ['user.registered.v1', 'charge.succeeded.v1', 'charge.succeeded.v2', 'charge.reversed.v1'],
    billing: ['charge.requested.v1', 'subscription.activated.v1', 'subscription.activation_failed.v1'],
    reporting: [
      'order.completed.v1',
      'charge.requested.v1',
      'charge.succeeded.v1',
      'charge.failed.v1',
      'charge.reversed.v1',
      'subscription.activated.v1',
      'subscription.activation_failed.v1',
      'subscription.changed.v1',
    ],
  },
} as const satisfies { domains: readonly Domain[]; consumers: Record<Service, readonly EventKey[]> };

/** The event keys that a service consumes. */
export type ConsumedBy<S extends Service> = (typeof topology)['consumers'][S][number];

/** Seconds and counts that every queue has. Sources: architecture.md, "Guarantees"; AWS limits of SQS. */
export const queueDefaults = {
  visibilityTimeoutSeconds: 30,
  retentionSeconds: 24 * 60 * 60,
  /** Longer than the source's, because a dead letter keeps its first enqueue time. */
  deadLetterRetentionSeconds: 14 * 24 * 60 * 60,
  /** The backstop for messages that kill the process; handler failures are counted by the consumer. */
  maxReceiveCount: 10,
  waitTimeSeconds: 20,
} as const;

/** The queues of a service, one per domain that it hears, with the keys that its filter policy lets through. */
export function queuesOf(service: Service): { domain: Domain; eventKeys: EventKey[] }[] {
  const keys: readonly EventKey[] = topology.consumers[service];
  return domains
    .map((domain) => ({ domain, eventKeys: keys.filter((key) => domainOf(typeOf(key)) === domain) }))
    .filter((queue) => queue.eventKeys.length > 0);
}

/** `atlas-order-events` */
export const topicName = (prefix: string, domain: Domain): string => `${prefix}-${domain}-events`;

/** `atlas-notification-order-events` */
export const queueName = (prefix: string, service: Service, domain: Domain): string =>
  `${prefix}-${service}-${domain}-events`;

/** `atlas-notification-order-events-dlq` */
export const deadLetterQueueName = (prefix: string, service: Service, domain: Domain): string =>
  `${queueName(prefix, service, domain)}-dlq`;

function typeOf(key: EventKey): string {
  return key.slice(0, key.lastIndexOf('.'));
}
