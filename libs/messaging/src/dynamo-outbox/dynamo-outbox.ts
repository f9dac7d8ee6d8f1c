import type { Envelope } from '@atlas/event-contracts';
import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { ClaimedRow } from '../outbox/outbox-rows.ts';
import { type EnvelopeSource, type OutgoingEvent, prepareEvent } from '../publish/outgoing-event.ts';
import type { DynamoOutboxRelay } from './dynamo-outbox-relay.ts';
import { toOutboxItem } from './outbox-item.ts';

/** A transaction that is being put together: its writes, in the document client's form. */
export type DynamoTransaction = NonNullable<TransactWriteCommandInput['TransactItems']>;

export interface DynamoOutbox {
  /**
   * Adds one write per event, and per major of it that is published at the moment, to the transaction that stores the fact, so
   * that both commit or neither does; a transaction has 100 writes at most. All are validated before the first is added; returns
   * their envelopes in the newest major, in the same order. Throws
   * UnknownEventTypeError, InvalidPayloadError or EnvelopeTooLargeError.
   */
  add(tx: DynamoTransaction, events: readonly OutgoingEvent[]): Envelope[];
  /** To be called right after the commit: hands the events to the relay of this process. Without the call a sweep finds them. */
  committed(tx: DynamoTransaction): void;
}

export interface DynamoOutboxOptions extends EnvelopeSource {
  readonly tableName: string;
  /** The relay of this process. Without one, as in a tool, the events are for any relay at once. */
  readonly relay?: Pick<DynamoOutboxRelay, 'offer'> | undefined;
  /** How long a process that dies right after its commit keeps its events from the sweeps of others (default 5 s). */
  readonly firstLeaseMs?: number | undefined;
}

/**
 * The outbox of a service whose facts are in DynamoDB.
 * @example
 * const tx: DynamoTransaction = [{ Put: subscription }];
 * outbox.add(tx, [{ type: 'subscription.activated', payload, meta }]);
 * await dynamo.send(new TransactWriteCommand({ TransactItems: tx }));
 * outbox.committed(tx);
 */
export function createDynamoOutbox(options: DynamoOutboxOptions): DynamoOutbox {
  const { tableName: TableName, relay, clock, newId, firstLeaseMs = 5_000 } = options;
  const added = new WeakMap<DynamoTransaction, ClaimedRow[]>();
  return {
    add(tx, events) {
      const majors = events.map((event) => prepareEvent(options, event));
      const lease = { token: newId(), until: clock().getTime() + (relay ? firstLeaseMs : 0) };
      const rows = added.get(tx) ?? [];
      for (const { envelope, wire } of majors.flat()) {
        const Item = toOutboxItem(envelope, wire, lease);
        tx.push({ Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } });
        const { id, version } = envelope;
        rows.push({ id, version, attempts: 0, lease: lease.token, message: wire });
      }
      added.set(tx, rows);
      return majors.map(([{ envelope }]) => envelope);
    },
    committed(tx) {
      const rows = added.get(tx) ?? [];
      added.delete(tx);
      if (rows.length > 0) relay?.offer(rows);
    },
  };
}
