import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Build } from '../control/control.domain.ts';

/**
 * Every item of a build in its projection's table, page by page. The table has the rows of all builds of the projection, so that this
 * reads more than it answers: it is for commands, not for requests.
 */
export async function* itemsOfBuild(
  { dynamo, tableName }: { dynamo: DynamoDBDocumentClient; tableName: string },
  build: Build,
  keysOnly = false,
): AsyncGenerator<Record<string, unknown>[]> {
  const scan = {
    TableName: tableName,
    ConsistentRead: true,
    FilterExpression: 'contains(pk, :build)',
    ExpressionAttributeValues: { ':build': `#${build}` },
    ...(keysOnly ? { ProjectionExpression: 'pk, sk' } : {}),
  };
  for await (const { Items = [] } of paginateScan({ client: dynamo }, scan)) {
    // There is no condition "ends with": `@1.1` is the beginning of `@1.10`, and of what a tenant may call itself.
    yield Items.filter(({ pk }) => String(pk).endsWith(`#${build}`));
  }
}
