import { orderCompleted, parseEnvelope } from '@atlas/event-contracts';
import { deadLetterTables } from '@atlas/messaging';
import { createDocumentClient, createDynamoClient, ensureTables } from '@atlas/platform';
import { createProjections } from '@atlas/projections';
import { projections } from '@atlas/reporting/projections';
import { reportingTables } from '@atlas/reporting/tables';
import { captureLogs, leakCheck, stackVariable, testPrefix } from '@atlas/testing';
import { ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { v7 } from 'uuid';
import { runAtlas } from './run-atlas.fixture.ts';

const client = createDynamoClient({ region: stackVariable('AWS_REGION') });
const dynamo = createDocumentClient(client);
const prefix = testPrefix();
const { logger } = captureLogs();
const { writer, reader } = createProjections({
  ...{ dynamo, prefix, projections, logger, clock: () => new Date(), random: Math.random },
});
const atlas = (...args: string[]) => runAtlas(['projections', ...args], { ATLAS_PREFIX: prefix });

const order = (total_cents: number) => {
  const id = v7();
  const payload = { ...orderCompleted.versions['1.1'].example, order_id: id, total_cents };
  const ids = { tenant_id: 'tenant-1', subject: id, sequence: 1, correlation_id: id, causation_id: id };
  const head = {
    id,
    event: 'order.completed',
    version: '1.1',
    timestamp: '2026-11-22T08:37:01.000Z',
    source: 'gateway',
  };
  return parseEnvelope(JSON.stringify({ ...head, ...ids, payload })).envelope;
};
const revenue = async () => {
  const { live } = await reader.snapshot('revenue-daily');
  const days = { from: '2026-11-22', to: '2026-11-22' };
  const rows = [];
  for await (const { measures } of reader.rows({
    projection: 'revenue-daily',
    build: live,
    tenant: 'tenant-1',
    ...days,
  })) {
    rows.push(measures);
  }
  return { live, rows };
};

beforeAll(async () => {
  await ensureTables(client, [...reportingTables(prefix), ...deadLetterTables(prefix)]);
});
afterAll(() => client.destroy());

it('builds anew, goes on after a kill, verifies, rolls back and drops; and says how everything is', async () => {
  const nothing = await atlas('rebuild', 'revenue-daily');
  expect([nothing.code, nothing.err]).toEqual([2, expect.stringContaining('Nothing has been consumed yet')]);
  await writer.apply(Array.from({ length: 30 }, (_, index) => order(index)));

  const before = await atlas('status');
  expect([before.code, before.err]).toEqual([0, '']);
  expect(before.out).toMatch(/^About 30 events in the journal\.\nPROJECTION +LIVE +AS OF +LAG +BUILDING +PREVIOUS\n/);
  expect(before.out).toMatch(/revenue-daily +revenue-daily@1\.1 +2026-11-22T08:37:01 +\d+\.\d s +- +-/);

  const killed = await runAtlas(['projections', 'rebuild', 'revenue-daily'], {
    ...{ ATLAS_PREFIX: prefix, ATLAS_CRASH_AT: 'rebuild.pass-walked', NODE_ENV: 'test' },
  });
  expect(killed.code).toBeNull();
  const between = await atlas('status');
  expect(between.out).toMatch(/revenue-daily@1\.2: \d+ % of pass 1, last heard of \d+ s ago/);
  expect(await revenue()).toEqual({ live: 'revenue-daily@1.1', rows: [{ gross_cents: 435n, orders: 30n }] });

  const rebuilt = await atlas('rebuild', 'revenue-daily', '--actor', 'ada');
  expect([rebuilt.code, rebuilt.out]).toEqual([
    0,
    expect.stringContaining('Readers of revenue-daily get revenue-daily@1.2 now.'),
  ]);
  expect(await revenue()).toEqual({ live: 'revenue-daily@1.2', rows: [{ gross_cents: 435n, orders: 30n }] });
  const verified = await atlas('verify', '--json');
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.out)).toContainEqual(
    expect.objectContaining({ build: 'revenue-daily@1.2', events: 30, wrong: [], uncounted: [], moving: 0 }),
  );

  const back = await atlas('rollback', 'revenue-daily', '--json');
  expect(JSON.parse(back.out)).toMatchObject({ build: 'revenue-daily@1.1', outcome: 'switched' });
  const asked = await atlas('drop', 'revenue-daily@1.2');
  expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('--yes')]);
  const dropped = await atlas('drop', 'revenue-daily@1.2', '--yes');
  expect([dropped.code, dropped.out]).toEqual([
    0,
    expect.stringMatching(/revenue-daily@1\.2 is gone: \d+ rows? and 30 marks deleted/),
  ]);
  const audit = await runAtlas(['dlq', 'audit'], { ATLAS_PREFIX: prefix });
  expect(audit.out).toMatch(/ada +projection rebuild +finished +marks=30 +projection=revenue-daily/);
}, 240_000);

it('finds a sum that is not what the journal comes to', async () => {
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: `${prefix}-revenue-daily` }));
  const { pk, sk } = Items.find((item) => String(item['pk']).startsWith('TENANT#'))!;
  const change = (by: number) =>
    dynamo.send(
      new UpdateCommand({
        TableName: `${prefix}-revenue-daily`,
        Key: { pk, sk },
        UpdateExpression: 'ADD gross_cents :by',
        ExpressionAttributeValues: { ':by': by },
      }),
    );
  await change(7);
  const wrong = await atlas('verify', 'revenue-daily');
  expect(wrong.code).toBe(1);
  expect(wrong.out).toMatch(/WRONG {2}revenue-daily@1\.1: 1 sum of 30 events in 2 rows/);
  expect(wrong.out).toMatch(/tenant-1 2026-11-22 GBP +gross_cents +435 +442/);
  await change(-7);
  const right = await atlas('verify', 'revenue-daily');
  expect([right.code, right.out]).toEqual([0, 'right  revenue-daily@1.1: 30 events in 2 rows\n']);
}, 120_000);

it.each([
  [['rebuild', 'nonsense'], 'This code declares no projection "nonsense". Declared: charges-daily'],
  [['drop', 'charges-daily@1.1', '--yes'], 'charges-daily@1.1 is live: readers need it.'],
  [['verify', 'nonsense'], 'There is no projection "nonsense".'],
])(
  '%j is one line and exit code 2',
  async (args, line) => {
    const { code, out, err } = await atlas(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(line);
    expect(err.trim().split('\n')).toHaveLength(1);
  },
  60_000,
);

it('says so where reporting is not deployed', async () => {
  const { code, err } = await runAtlas(['projections', 'status'], { ATLAS_PREFIX: testPrefix() });
  expect([code, err]).toEqual([2, expect.stringContaining('is reporting deployed')]);
}, 60_000);

leakCheck();
