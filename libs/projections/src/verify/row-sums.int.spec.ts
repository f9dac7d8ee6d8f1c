import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { leakCheck } from '@atlas/testing';
import { openRebuildWorld, type RebuildWorld } from '../rebuild/rebuild-world.fixture.ts';
import { sumsOfBuild, sumsOfRows } from './row-sums.ts';
import { rowKey } from './sums.domain.ts';

let world: RebuildWorld;
beforeAll(async () => {
  world = await openRebuildWorld();
});
afterAll(() => world.close());

const row = { pk: 'TENANT#t#sales@1.1', sk: '2026-11-22#EUR#3' };
/** 380 KB of attributes, so that four items are more than the megabyte of a page. */
const names = Array.from({ length: 380 }, (_, n) => `gross_cents#${'x'.repeat(980)}${n}`);

it('adds up rows that are more than a page of DynamoDB, and only of this build and the shards that readers ask for', async () => {
  const place = { dynamo: world.dynamo, tableName: `${await world.newPlace()}-sales`, shards: 4 };
  const put = (pk: string) => {
    const attributes = Object.fromEntries(names.map((name) => [name, { N: '2' }]));
    const Item = { pk: { S: pk }, sk: { S: row.sk }, ...attributes };
    return world.dynamo.send(new PutItemCommand({ TableName: place.tableName, Item }));
  };
  for (const shard of [0, 1, 2, 3, 4]) await put(`${row.pk}#${shard}`);
  for (const other of ['TENANT#t#sales@1.10#0', 'TENANT#sales@1.1#0#sales@1.2#0']) await put(other);
  for (const found of [await sumsOfBuild(place, 'sales@1.1'), await sumsOfRows(place, [row])]) {
    expect([...found.rows.keys()]).toEqual([rowKey(row)]);
    const { sums } = found.rows.get(rowKey(row))!;
    expect(sums.size).toBe(names.length);
    expect(new Set(sums.values())).toEqual(new Set([8n]));
  }
});

leakCheck();
