import { createDynamoOutbox } from '@atlas/messaging';
import { createDocumentClient, createDynamoClient, createMetrics, ensureTables } from '@atlas/platform';
import { captureLogs, leakCheck, stackVariable, testPrefix } from '@atlas/testing';
import { v7 } from 'uuid';
import { aCharge } from '../../test/charges.ts';
import { billingTableNames, billingTables } from '../tables.ts';
import { createAccounts } from './accounts.ts';

const prefix = testPrefix();
const tables = billingTableNames(prefix);
const raw = createDynamoClient({ region: stackVariable('AWS_REGION') });
const dynamo = createDocumentClient(raw);
const clock = () => new Date();

/** As a replica has them: two of them know nothing of each other. */
const replica = () =>
  createAccounts({
    ...{ dynamo, tables, clock, newId: v7, logger: captureLogs().logger },
    outbox: createDynamoOutbox({ source: 'billing', clock, newId: v7, tableName: tables.outbox }),
    due: { firstMs: 1_000, afterRefusalMs: () => 1_000 },
    metrics: createMetrics({ service: 'billing', processMetrics: false }),
  });

beforeAll(() => ensureTables(raw, billingTables(prefix)));
afterAll(() => raw.destroy());

it('300 commands on one account at once, in two replicas: each gets its turn', async () => {
  const account = v7();
  const replicas = [replica(), replica()];
  const ids = Array.from({ length: 300 }, (_, index) => `ch_${String(index).padStart(24, '0')}`);
  const ends = await Promise.allSettled(
    ids.map((chargeId, index) =>
      replicas[index % 2]!.handle(account, { type: 'RequestCharge', charge: { ...aCharge, chargeId } }),
    ),
  );
  expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(Object.keys((await replicas[0]!.load(account)).charges)).toHaveLength(300);
});

leakCheck();
