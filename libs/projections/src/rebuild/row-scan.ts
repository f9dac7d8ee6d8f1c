import { type AttributeValue, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Build } from '../control/control.domain.ts';
import { parseShardPartition } from '../rows/row-key.ts';

/** One item of a build: a row, or several packed ones, on one shard. */
export interface BuildItem {
  /** In DynamoDB's own form, in which numbers are text. */
  readonly item: Record<string, AttributeValue>;
  /** Its partition without the shard (`rowPartition`). */
  readonly rows: string;
  readonly shard: number;
}

/**
 * Every item of a build in its projection's table, page by page. The table has the rows of all builds of the projection, so that this
 * reads more than it answers: it is for commands, not for requests.
 */
export async function* itemsOfBuild(
  { dynamo, tableName: TableName }: { readonly dynamo: DynamoDBDocumentClient; readonly tableName: string },
  build: Build,
  keysOnly = false,
): AsyncGenerator<BuildItem[]> {
  let ExclusiveStartKey: Record<string, AttributeValue> | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamo.send(
      new ScanCommand({
        TableName,
        ConsistentRead: true,
        FilterExpression: 'contains(pk, :build)',
        ExpressionAttributeValues: { ':build': { S: `#${build}#` } },
        ...(keysOnly && { ProjectionExpression: 'pk, sk' }),
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    yield Items.flatMap((item) => {
      // A tenant may call itself what a build is called: only the end of the key says whose rows these are.
      const parts = parseShardPartition(item['pk']!.S!);
      return parts?.build === build ? [{ item, rows: parts.rows, shard: parts.shard }] : [];
    });
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey);
}
