import { type AttributeValue, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Build } from '../control/control.domain.ts';
import { addSum, noSums, type Sums } from './sums.domain.ts';

type Item = Record<string, AttributeValue>;

interface Place {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** Every row of a build, its shards added up. Strongly consistent, but not at one moment: rows are read one after the other. */
export async function sumsOfBuild({ dynamo, tableName: TableName }: Place, build: Build): Promise<Sums> {
  const sums = noSums();
  let ExclusiveStartKey: Item | undefined;
  do {
    const { Items = [], LastEvaluatedKey } = await dynamo.send(
      new ScanCommand({
        TableName,
        ConsistentRead: true,
        FilterExpression: 'contains(pk, :build)',
        ExpressionAttributeValues: { ':build': { S: `#${build}` } },
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    // There is no condition "ends with": `@1.1` is the beginning of `@1.10`.
    for (const item of Items) if (item['pk']!.S!.endsWith(`#${build}`)) addItem(sums, item);
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return sums;
}

/** These rows only. */
export async function sumsOfRows(
  { dynamo, tableName: TableName }: Place,
  rows: readonly { readonly pk: string; readonly sk: string }[],
): Promise<Sums> {
  const sums = noSums();
  for (const { pk, sk } of rows) {
    // A row has at most 64 shards of a few numbers each: one page.
    const { Items = [] } = await dynamo.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
        ExpressionAttributeValues: { ':pk': { S: pk }, ':sk': { S: `${sk}#` } },
      }),
    );
    for (const item of Items) addItem(sums, item);
  }
  return sums;
}

function addItem(sums: Sums, { pk, sk, ...attributes }: Item): void {
  const key = sk!.S!;
  const at = { pk: pk!.S!, sk: key.slice(0, key.lastIndexOf('#')) };
  for (const [name, value] of Object.entries(attributes)) addSum(sums, at, name, BigInt(value.N!));
}
