import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { decodeCursor, encodeCursor, isConditionFailure, readItem } from '@atlas/platform';
import type { FeedEntry } from './feed.domain.ts';

/** A page of a list, newest first. */
export interface FeedPage {
  readonly entries: readonly FeedEntry[];
  readonly nextCursor: string | null;
}

/** The activity feed of all tenants. */
export interface Feed {
  /** Adds the entry, or does nothing when it is there: the key is made of the event, so the write is its own dedupe. */
  add(entry: FeedEntry): Promise<'added' | 'already-there'>;
  /** Newest first. `limit` is 1 to 100. Throws InvalidCursorError for a cursor of another tenant or list. */
  page(query: { tenantId: string; limit: number; cursor?: string | undefined }): Promise<FeedPage>;
}

const feedItem = z.object({
  sk: z.string(),
  event_id: z.string(),
  type: z.string(),
  title: z.string(),
  subject: z.string(),
  occurred_at: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

/** The feed in DynamoDB: pk `TENANT#<tenant id>`, sk `<occurred at>#<event id>`. */
export function createDynamoFeed({ dynamo, tableName }: { dynamo: DynamoDBDocumentClient; tableName: string }): Feed {
  return {
    async add(entry) {
      try {
        await dynamo.send(new PutCommand(feedPut(tableName, entry)));
        return 'added';
      } catch (error) {
        if (isConditionFailure(error)) return 'already-there';
        throw error;
      }
    },
    async page({ tenantId, limit, cursor }) {
      const scope = `feed/${tenantId}`;
      const after = cursor === undefined ? undefined : decodeCursor(scope, cursor);
      const { Items = [], LastEvaluatedKey } = await dynamo.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': partition(tenantId) },
          ExclusiveStartKey: after === undefined ? undefined : { pk: partition(tenantId), sk: after },
          ScanIndexForward: false,
          // Who has just seen an order complete looks for it here.
          ConsistentRead: true,
          Limit: limit,
        }),
      );
      const nextKey = LastEvaluatedKey?.['sk'] as string | undefined;
      return {
        entries: Items.map((item) => toEntry(tenantId, item)),
        nextCursor: nextKey === undefined ? null : encodeCursor(scope, nextKey),
      };
    },
  };
}

/** The conditional put of an entry, to be sent alone or as part of a transaction. */
export function feedPut(tableName: string, entry: FeedEntry) {
  return {
    TableName: tableName,
    Item: {
      pk: partition(entry.tenantId),
      sk: `${entry.occurredAt}#${entry.eventId}`,
      event_id: entry.eventId,
      type: entry.type,
      title: entry.title,
      subject: entry.subject,
      occurred_at: entry.occurredAt,
      data: entry.data,
    },
    ConditionExpression: 'attribute_not_exists(pk)',
  };
}

const partition = (tenantId: string): string => `TENANT#${tenantId}`;

function toEntry(tenantId: string, item: Record<string, unknown>): FeedEntry {
  const { event_id, type, title, subject, occurred_at, data } = readItem(feedItem, item, 'feed entry');
  return { tenantId, eventId: event_id, type, title, subject, occurredAt: occurred_at, data };
}
