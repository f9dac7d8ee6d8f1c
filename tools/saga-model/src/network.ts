import { type Envelope, eventKeyOf, type Service, topology } from '@atlas/event-contracts';
import type { DynamoTransaction } from '@atlas/messaging';

/** A message in the queue of a service. */
export interface Message {
  readonly service: Participant;
  readonly body: string;
}

/** Those who take part in the saga. */
export type Participant = Extract<Service, 'billing' | 'subscription'>;

const participants: readonly Participant[] = ['billing', 'subscription'];

/** What has been committed for publication, what is in the queues, and what has been seen on the wire. */
export interface Network {
  /** Rows that no relay has marked yet. */
  readonly outbox: Envelope[];
  /** In no order, as in a standard queue. */
  readonly queued: Message[];
  /** Every event by id and version, whoever hears it. */
  readonly published: Map<string, Envelope>;
  /** Takes the rows that an outbox has put into a transaction. */
  commit(rows: DynamoTransaction): void;
  /** A relay publishes: a copy for everybody who is subscribed to the key. */
  publish(envelope: Envelope): void;
}

/** An empty network with the subscriptions of the topology. */
export function createNetwork(): Network {
  const outbox: Envelope[] = [];
  const queued: Message[] = [];
  const published = new Map<string, Envelope>();
  return {
    outbox,
    queued,
    published,
    commit(rows) {
      for (const { Put } of rows) outbox.push(JSON.parse(Put?.Item?.['envelope'] as string) as Envelope);
    },
    publish(envelope) {
      published.set(`${envelope.id} ${envelope.version}`, envelope);
      const body = JSON.stringify(envelope);
      for (const service of participants) {
        const keys: readonly string[] = topology.consumers[service];
        if (keys.includes(eventKeyOf(envelope))) queued.push({ service, body });
      }
    },
  };
}
