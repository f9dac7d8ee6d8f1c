import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { decodeCursor, encodeCursor } from '@atlas/platform';
import { type Delivery, deliveryKey, loggedAttributes, toDelivery } from './delivery-item.ts';

/** What the delivery log of an endpoint is asked for. `limit` is 1 to 100. */
export interface DeliveryLogQuery {
  readonly tenantId: string;
  readonly endpointId: string;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly status?: Delivery['status'] | undefined;
}

/** Newest first. Throws InvalidCursorError for a cursor of another tenant, endpoint or filter. */
export type DeliveryLog = (
  query: DeliveryLogQuery,
) => Promise<{ deliveries: readonly Delivery[]; nextCursor: string | null }>;

/** With a filter a page may be filled from several pages of the store, but not from all of a long history. */
const maxPages = 20;
const filteredPageSize = 200;

/** Reads the delivery log from the table of the deliveries. */
export function createDeliveryLog(deps: { dynamo: DynamoDBDocumentClient; tableName: string }): DeliveryLog {
  return async ({ tenantId, endpointId, limit, cursor, status }) => {
    const scope = `deliveries/${tenantId}/${endpointId}/${status ?? ''}`;
    const { pk } = deliveryKey({ tenantId, endpointId, eventId: '' });
    const found: Delivery[] = [];
    let after = cursor === undefined ? undefined : decodeCursor(scope, cursor);
    for (let page = 0; page < maxPages; page += 1) {
      const { Items = [], LastEvaluatedKey } = await deps.dynamo.send(
        new QueryCommand({
          TableName: deps.tableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :events)',
          FilterExpression: status === undefined ? undefined : '#status = :status',
          ProjectionExpression: loggedAttributes.map((name) => `#${name}`).join(', '),
          ExpressionAttributeNames: Object.fromEntries(loggedAttributes.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: { ':pk': pk, ':events': 'EVENT#', ...(status ? { ':status': status } : {}) },
          ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: status === undefined ? limit : filteredPageSize,
        }),
      );
      found.push(...Items.map(toDelivery));
      after = LastEvaluatedKey?.['sk'] as string | undefined;
      if (after === undefined || found.length >= limit) break;
    }
    const deliveries = found.slice(0, limit);
    // A filtered page may have brought more than was asked for: go on behind the last one that is shown.
    if (found.length > limit) after = deliveryKey(deliveries.at(-1)!).sk;
    return { deliveries, nextCursor: after === undefined ? null : encodeCursor(scope, after) };
  };
}
