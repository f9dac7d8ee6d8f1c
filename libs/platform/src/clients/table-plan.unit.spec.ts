import { describeTableChange, type FoundTable, planTables, type TableDefinition } from './table-plan.ts';

const feed: TableDefinition = {
  table: {
    ...{ TableName: 'atlas-feed', BillingMode: 'PAY_PER_REQUEST' },
    AttributeDefinitions: ['pk', 'sk', 'due'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by_due',
        KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['b', 'a'] },
      },
    ],
  },
  ttlAttribute: 'expires_at',
};
const [byDue] = feed.table.GlobalSecondaryIndexes!;

function plan(description: FoundTable['description'] | undefined, ttlAttribute: string | undefined = 'expires_at') {
  const found = description && { description: { ...feed.table, ...description }, ttlAttribute };
  const { changes, refusals } = planTables([feed], new Map(found ? [['atlas-feed', found as FoundTable]] : []));
  return [...changes.map((change) => Object.values(describeTableChange(change)).join(' ')), ...refusals];
}

test('a table that is missing is created, one that is as it should be is left alone', () => {
  expect(plan(undefined)).toEqual(['create table atlas-feed', 'expire items of atlas-feed by expires_at']);
  const reordered = { ...byDue!, Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: ['a', 'b'] } };
  expect(plan({ GlobalSecondaryIndexes: [reordered] })).toEqual([]);
});

test('a missing index is added, one that nobody asks for stays', () => {
  expect(plan({ GlobalSecondaryIndexes: [{ ...byDue, IndexName: 'by_hand' }] })).toEqual([
    'add index by_due to atlas-feed',
  ]);
});

test.each<[string, FoundTable['description'], RegExp]>([
  [
    'an index with another projection',
    { GlobalSecondaryIndexes: [{ ...byDue, Projection: { ProjectionType: 'ALL' } }] },
    /by_due .* is \(due HASH\) with ALL, but \(due HASH\) with INCLUDE a, b is needed/,
  ],
  [
    'an index with another key',
    { GlobalSecondaryIndexes: [{ ...byDue, KeySchema: [{ AttributeName: 'sk', KeyType: 'HASH' }] }] },
    /by_due .* is \(sk HASH\) .* but \(due HASH\)/,
  ],
  [
    'a key with another name',
    { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] },
    /has the key \(id HASH\), but \(pk HASH, sk RANGE\) is needed/,
  ],
  [
    'a key of another type',
    { AttributeDefinitions: [{ AttributeName: 'sk', AttributeType: 'N' }] },
    /has the key \(pk HASH, sk RANGE N\), but \(pk HASH, sk RANGE\)/,
  ],
])('%s cannot be changed, and says what to do', (_, description, refusal) => {
  expect(plan(description)).toEqual([expect.stringMatching(refusal)]);
  expect(plan(description)[0]).toMatch(/then start again\.$/);
});

test('items that expire by another attribute', () => {
  expect(plan({}, 'gone_at')).toEqual([expect.stringMatching(/expire by gone_at, but expires_at is needed/)]);
});

test('an expiry that nobody asked for ends: it deletes what is to be kept', () => {
  const { ttlAttribute: _, ...kept } = feed;
  const found = new Map([
    ['atlas-feed', { description: feed.table as FoundTable['description'], ttlAttribute: 'gone_at' }],
  ]);
  const { changes, refusals } = planTables([kept], found);
  expect([...changes.map(describeTableChange), ...refusals]).toEqual([
    { does: 'keep items', what: 'of atlas-feed, which expire by gone_at' },
  ]);
});
