import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Build } from '../control/control.domain.ts';
import { itemsOfBuild } from '../rebuild/row-scan.ts';
import { shardPartition } from '../rows/row-key.ts';
import { addSum, noSums, type Sums } from './sums.domain.ts';

type Item = Record<string, AttributeValue>;

interface Place {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  /** As many as readers ask for: what is on another one is nothing that anybody sees. */
  readonly shards: number;
}

/** Every row of a build, its shards added up. Strongly consistent, but not at one moment: rows are read one after the other. */
export async function sumsOfBuild(place: Place, build: Build): Promise<Sums> {
  const sums = noSums();
  for await (const items of itemsOfBuild(place, build)) {
    for (const { item, rows, shard } of items) if (shard < place.shards) addItem(sums, rows, item);
  }
  return sums;
}

/** These rows only, which are named without their shards. */
export async function sumsOfRows(
  { dynamo, tableName: TableName, shards }: Place,
  rows: readonly { readonly pk: string; readonly sk: string }[],
): Promise<Sums> {
  const sums = noSums();
  for (const { pk, sk } of rows) {
    // An item at a time: four packed ones of 400 KB would be more than a page.
    const copies = Array.from({ length: shards }, (_, shard) => {
      const Key = { pk: { S: shardPartition(pk, shard) }, sk: { S: sk } };
      return dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    });
    for (const { Item } of await Promise.all(copies)) if (Item) addItem(sums, pk, Item);
  }
  return sums;
}

function addItem(sums: Sums, rows: string, { pk: _pk, sk, ...attributes }: Item): void {
  const at = { pk: rows, sk: sk!.S! };
  for (const [name, value] of Object.entries(attributes)) addSum(sums, at, name, BigInt(value.N!));
}
