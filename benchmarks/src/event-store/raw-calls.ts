import { chargeRequested } from '@atlas/event-contracts';
import { PutCommand, QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { v7 } from 'uuid';
import type { AccountEvent } from './account.ts';
import type { Place } from './place.ts';

const condition = { ConditionExpression: 'attribute_not_exists(pk)' };

/** What is written by hand: the same items as the store's, nothing checked, no envelope validated. */
function eventItem(streamId: string, version: number, event: AccountEvent) {
  const id = v7();
  return {
    ...{ pk: `BILLING#${streamId}`, sk: `EVENT#${String(version).padStart(12, '0')}`, version },
    ...{ event_type: event.type, schema_version: 1, payload: JSON.stringify(event.payload), event_id: id },
    ...{ timestamp: new Date().toISOString(), actor: 'billing', correlation_id: id, causation_id: id },
  };
}

function outboxItem(streamId: string, version: number) {
  const id = v7();
  const created_at = new Date().toISOString();
  const envelope = {
    ...{ id, event: 'charge.requested', version: '1.0', timestamp: created_at, source: 'billing' },
    ...{ tenant_id: streamId, subject: streamId, sequence: version, correlation_id: id, causation_id: id },
    payload: chargeRequested.versions['1.0'].example,
  };
  return {
    ...{ pk: `EVENT#${id}`, sk: 'VERSION#1.0', event_id: id, event_version: '1.0', event_type: 'charge.requested' },
    ...{ tenant_id: streamId, subject: streamId, created_at, envelope: JSON.stringify(envelope), attempts: 0 },
    ...{ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', lease: id },
    ...{ due_shard: 'due-0', due_at: Date.now() },
  };
}

/** One event and nothing else, as articles do it. */
export async function rawPut({ dynamo, events }: Place, streamId: string, version: number, event: AccountEvent) {
  await dynamo.send(new PutCommand({ TableName: events, Item: eventItem(streamId, version, event), ...condition }));
}

/** The events and one row of the outbox in one transaction. */
export async function rawTransaction(
  { dynamo, events, outbox }: Place,
  streamId: string,
  version: number,
  appended: readonly AccountEvent[],
): Promise<void> {
  const puts = appended.map((event, index) => ({
    Put: { TableName: events, Item: eventItem(streamId, version + index, event), ...condition },
  }));
  const row = { Put: { TableName: outbox, Item: outboxItem(streamId, version), ...condition } };
  await dynamo.send(new TransactWriteCommand({ TransactItems: [...puts, row] }));
}

/** The items of a stream, page after page, as the document client gives them. */
export async function rawLoad({ dynamo, events }: Place, streamId: string, after = 0): Promise<unknown[]> {
  const items: unknown[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await dynamo.send(
      new QueryCommand({
        TableName: events,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': `BILLING#${streamId}`,
          ':from': `EVENT#${String(after + 1).padStart(12, '0')}`,
          ':to': 'EVENT#:',
        },
        ExclusiveStartKey,
      }),
    );
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return items;
}
