import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { eventKey } from './event-item.ts';

/**
 * The ids of all streams of a kind, in no order. It reads the whole table, which is something for a tool that replays or
 * examines everything, and not for a request.
 */
export async function* streamIds(place: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly kind: string;
}): AsyncGenerator<string> {
  const scan = {
    TableName: place.tableName,
    ConsistentRead: true,
    ProjectionExpression: 'pk',
    // Every stream has a first event, and only one.
    FilterExpression: 'sk = :first AND begins_with(pk, :kind)',
    ExpressionAttributeValues: { ':first': eventKey(1), ':kind': `${place.kind}#` },
  };
  for await (const { Items = [] } of paginateScan({ client: place.dynamo }, scan)) {
    for (const { pk } of Items) yield String(pk).slice(place.kind.length + 1);
  }
}
