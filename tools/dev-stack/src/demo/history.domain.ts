import { domainOf, type EventType, queueName, type Service, topology } from '@atlas/event-contracts';

/** An outbox keeps what it has published for 90 days. */
const kept = '90d';

/** What a person types to give a service that is new in a system the events that were published before it came. */
export function replayCommands(service: Service, prefix: string): string[] {
  const types = new Set(topology.consumers[service].map((key) => key.slice(0, key.lastIndexOf('.')) as EventType));
  return [...types].map((event) => {
    const queue = queueName(prefix, service, domainOf(event));
    return `npx atlas replay --event ${event} --since ${kept} --to ${queue}`;
  });
}
