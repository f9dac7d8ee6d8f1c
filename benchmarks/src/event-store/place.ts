import { chargeRequested } from '@atlas/event-contracts';
import { createDynamoEventStore, type DynamoTx, type EventStore, eventTable } from '@atlas/event-store';
import { createDynamoOutbox, dynamoOutboxTable } from '@atlas/messaging';
import { createDocumentClient, createDynamoClient, ensureTables } from '@atlas/platform';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { v7 } from 'uuid';
import { accountEvents, type AccountEvent, accountHistory } from './account.ts';

/** The tables and clients that every lane shares. */
export interface Place {
  readonly dynamo: DynamoDBDocumentClient;
  readonly events: string;
  readonly outbox: string;
  /** Publishes nothing: loads, and appends that nobody hears of. */
  readonly store: EventStore<AccountEvent, DynamoTx>;
  /** Puts a public event for the last event of every append into the outbox, in the same transaction. */
  readonly publishing: EventStore<AccountEvent, DynamoTx>;
  close(): void;
}

export async function openPlace(): Promise<Place> {
  const client = createDynamoClient({ region: process.env['AWS_REGION']! });
  const dynamo = createDocumentClient(client);
  const [events, outboxTable] = [`bench-${Date.now()}-events`, `bench-${Date.now()}-outbox`];
  await ensureTables(client, [eventTable(events), dynamoOutboxTable(outboxTable)]);
  const clock = () => new Date();
  const outbox = createDynamoOutbox({ source: 'billing', clock, newId: v7, tableName: outboxTable });
  const settings = {
    dynamo,
    tableName: events,
    kind: 'BILLING',
    types: accountEvents,
    source: 'billing',
    clock,
    newId: v7,
  };
  const store = createDynamoEventStore(settings);
  const publishing = createDynamoEventStore({
    ...settings,
    participant: {
      join(tx, recorded) {
        const { id, streamId, version, correlationId, causationId } = recorded.at(-1)!;
        const meta = { tenantId: streamId, subject: streamId, sequence: version, id, correlationId, causationId };
        outbox.add(tx, [{ type: 'charge.requested', payload: chargeRequested.versions['1.0'].example, meta }]);
      },
    },
  });
  return { dynamo, events, outbox: outboxTable, store, publishing, close: () => client.destroy() };
}

/** A stream of `length` events. */
export async function fillStream({ store }: Place, streamId: string, length: number): Promise<void> {
  for (let version = 0; version < length; version += 100) {
    await store.append(streamId, version, accountHistory(version, Math.min(100, length - version)));
  }
}
