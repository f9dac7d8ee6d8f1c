import { randomBytes } from 'node:crypto';
import {
  DeleteTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { PutCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { SetupError } from '../errors.ts';
import { createDocumentClient, createDynamoClient } from './aws.ts';
import { describeTableChange, type TableDefinition } from './table-plan.ts';
import { ensureTables, planTableChanges } from './tables.ts';

const dynamo = createDynamoClient({ region: 'eu-central-1' });
const prefix = `t${randomBytes(5).toString('hex')}`;
const names = new Set<string>();
afterAll(async () => {
  await Promise.all([...names].map((TableName) => dynamo.send(new DeleteTableCommand({ TableName }))));
  dynamo.destroy();
});

function definition(options: { name: string; sortKey?: string; indexes?: string[]; ttl?: string }): TableDefinition {
  const { sortKey = 'sk', indexes = [], ttl } = options;
  const name = `${prefix}-${options.name}`;
  names.add(name);
  const attributes = ['pk', sortKey, ...indexes.map((index) => `${index}_key`)];
  return {
    table: {
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
      ...(indexes.length === 0
        ? {}
        : {
            GlobalSecondaryIndexes: indexes.map((index) => ({
              IndexName: index,
              KeySchema: [{ AttributeName: `${index}_key`, KeyType: 'HASH' }],
              Projection: { ProjectionType: 'ALL' },
            })),
          }),
    },
    ...(ttl === undefined ? {} : { ttlAttribute: ttl }),
  };
}

async function describeTable(TableName = '') {
  const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }));
  const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName }));
  const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName).sort();
  return { status: Table?.TableStatus, indexes, ttl: TimeToLiveDescription?.AttributeName };
}

describe('ensureTables', () => {
  it('creates what is missing, ready to use, with indexes and expiry', async () => {
    const feed = definition({ name: 'feed', indexes: ['by_event'], ttl: 'expires_at' });
    const hooks = definition({ name: 'hooks' });
    await ensureTables(dynamo, [feed, hooks]);
    expect(await describeTable(feed.table.TableName)).toEqual({
      status: 'ACTIVE',
      indexes: ['by_event'],
      ttl: 'expires_at',
    });
    expect(await describeTable(hooks.table.TableName)).toMatchObject({ status: 'ACTIVE', indexes: [] });
  });

  it('changes nothing the second time, and keeps the items', async () => {
    const feed = definition({ name: 'kept', indexes: ['by_event'], ttl: 'expires_at' });
    await ensureTables(dynamo, [feed]);
    const documents = createDocumentClient(dynamo);
    const Key = { pk: 'a', sk: 'b' };
    await documents.send(new PutCommand({ TableName: feed.table.TableName, Item: { ...Key, note: undefined } }));
    expect(await planTableChanges(dynamo, [feed])).toMatchObject({ changes: [], refusals: [] });
    await ensureTables(dynamo, [feed]);
    const { Item } = await documents.send(new GetCommand({ TableName: feed.table.TableName, Key }));
    expect(Item).toEqual(Key);
  });

  it('adds indexes and expiry that an existing table lacks', async () => {
    await ensureTables(dynamo, [definition({ name: 'grows' })]);
    const grown = definition({ name: 'grows', indexes: ['by_event', 'by_due'], ttl: 'expires_at' });
    const { changes } = await planTableChanges(dynamo, [grown]);
    expect(changes.map((change) => Object.values(describeTableChange(change)).join(' '))).toEqual([
      `add index by_event to ${prefix}-grows`,
      `add index by_due to ${prefix}-grows`,
      `expire items of ${prefix}-grows by expires_at`,
    ]);
    expect((await describeTable(grown.table.TableName)).indexes).toEqual([]);
    await ensureTables(dynamo, [grown]);
    expect(await describeTable(grown.table.TableName)).toEqual({
      status: 'ACTIVE',
      indexes: ['by_due', 'by_event'],
      ttl: 'expires_at',
    });
  });

  it('ends an expiry that a table is not to have, also in several processes', async () => {
    await ensureTables(dynamo, [definition({ name: 'for-ever', ttl: 'gone_at' })]);
    const kept = definition({ name: 'for-ever' });
    await Promise.all([1, 2].map(() => ensureTables(dynamo, [kept])));
    expect((await planTableChanges(dynamo, [kept])).changes).toEqual([]);
    expect((await describeTable(kept.table.TableName)).ttl).toBeUndefined();
  });

  it('may run in several processes at the same time', async () => {
    const feed = definition({ name: 'raced', indexes: ['by_event'], ttl: 'expires_at' });
    await Promise.all([1, 2, 3].map(() => ensureTables(dynamo, [feed])));
    expect(await describeTable(feed.table.TableName)).toMatchObject({ status: 'ACTIVE', ttl: 'expires_at' });
  });

  it('adds an index in several processes at the same time', async () => {
    await ensureTables(dynamo, [definition({ name: 'raced-index' })]);
    const grown = definition({ name: 'raced-index', indexes: ['by_event'], ttl: 'expires_at' });
    await Promise.all([1, 2, 3].map(() => ensureTables(dynamo, [grown])));
    expect(await describeTable(grown.table.TableName)).toMatchObject({ indexes: ['by_event'], ttl: 'expires_at' });
  });

  it('refuses what nothing can change in place, all of it at once, and changes nothing', async () => {
    const other = definition({ name: 'other', indexes: ['by_event'], ttl: 'expires_at' });
    await ensureTables(dynamo, [other]);
    const { table } = definition({ name: 'other', sortKey: 'at', indexes: ['by_event'] });
    const [index] = table.GlobalSecondaryIndexes!;
    const KEYS_ONLY = { ...index!, Projection: { ProjectionType: 'KEYS_ONLY' as const } };
    const wanted = { table: { ...table, GlobalSecondaryIndexes: [KEYS_ONLY] }, ttlAttribute: 'gone_at' };
    const fresh = definition({ name: 'never-made' });
    const ensured = ensureTables(dynamo, [fresh, wanted]);
    await expect(ensured).rejects.toThrow(SetupError);
    await expect(ensured).rejects.toThrow('has the key (pk HASH, sk RANGE), but (pk HASH, at RANGE) is needed');
    await expect(ensured).rejects.toThrow(
      '(by_event_key HASH) with ALL, but (by_event_key HASH) with KEYS_ONLY is needed',
    );
    await expect(ensured).rejects.toThrow('expire by expires_at, but gone_at is needed');
    await expect(describeTable(fresh.table.TableName)).rejects.toThrow(ResourceNotFoundException);
    names.delete(fresh.table.TableName!);
  });
});
