import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { EventType } from '@atlas/event-contracts';
import type { ParkedEvent } from '../outbox/parked.ts';
import { keyOf, type RowName, shardOf } from './outbox-item.ts';
import { parkedIndex, parkedMark } from './outbox-table.ts';

interface OutboxPlace {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** The parked events of an outbox in DynamoDB, those first that have been parked longest; at most `limit`. */
export async function listParkedInDynamo(place: OutboxPlace, limit = 100): Promise<ParkedEvent[]> {
  const query = new QueryCommand({
    TableName: place.tableName,
    IndexName: parkedIndex,
    KeyConditionExpression: 'parked = :mark',
    ExpressionAttributeValues: { ':mark': parkedMark },
    Limit: limit,
  });
  const { Items = [] } = await place.dynamo.send(query);
  return Items.map((item) => ({
    id: item['event_id'] as string,
    version: item['event_version'] as string,
    eventType: item['event_type'] as EventType,
    tenantId: item['tenant_id'] as string,
    subject: item['subject'] as string,
    createdAt: new Date(item['created_at'] as string),
    parkedAt: new Date(item['parked_at'] as string),
    attempts: item['attempts'] as number,
    lastError: (item['last_error'] as string | undefined) ?? '',
  }));
}

/** Lets the relays try these events again from the start, and returns how many were parked. */
export async function unparkInDynamo(
  place: OutboxPlace,
  events: readonly RowName[],
  clock: () => Date,
): Promise<number> {
  let count = 0;
  for (const event of events) {
    const update = new UpdateCommand({
      TableName: place.tableName,
      Key: keyOf(event),
      UpdateExpression: 'SET due_shard = :shard, due_at = :now, attempts = :none REMOVE parked, parked_at, lease',
      ConditionExpression: 'parked = :mark',
      ExpressionAttributeValues: {
        ...{ ':shard': shardOf(event), ':now': clock().getTime(), ':none': 0, ':mark': parkedMark },
      },
    });
    try {
      await place.dynamo.send(update);
      count += 1;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
  return count;
}
