import {
  createDocumentClient,
  createDynamoClient,
  ensureTables,
  IdempotencyClaimLostError,
  type IdempotencyStore,
} from '@atlas/platform';
import { idempotencyStoreContract, leakCheck, testPrefix } from '@atlas/testing';
import type { TransactItem } from '../dynamo.ts';
import { TransactionRefusedError } from '../errors.ts';
import { notificationTableNames, notificationTables } from '../tables.ts';
import { createDynamoIdempotencyStore } from './dynamo-idempotency-store.ts';
import { createInTransaction } from './dynamo-transaction.ts';

const prefix = testPrefix();
const { idempotency, contacts } = notificationTableNames(prefix);
const raw = createDynamoClient({ region: 'eu-central-1' });
const dynamo = createDocumentClient(raw);
const inTransaction = createInTransaction({ dynamo, idempotencyTable: idempotency });
const createStore = (clock: () => Date): IdempotencyStore<TransactItem[]> =>
  createDynamoIdempotencyStore({ dynamo, tableName: idempotency, clock });

beforeAll(() => ensureTables(raw, notificationTables(prefix)));
afterAll(() => raw.destroy());

describe('the port', () => {
  idempotencyStoreContract(() => ({ createStore, inTransaction }));
});

describe('effect and answer', () => {
  const effect = (id: string): TransactItem => ({
    Put: { TableName: contacts, Item: { pk: 'TENANT#t', sk: id }, ConditionExpression: 'attribute_not_exists(pk)' },
  });

  it('are written together or not at all', async () => {
    const store = createStore(() => new Date());
    const request = { scope: 't/u/POST /x', key: 'together', fingerprint: 'f' };
    const begun = await store.begin(request);
    if (begun.state !== 'started') throw new Error('not started');
    await inTransaction(async (tx) => tx.push(effect('taken')));
    const doubled = inTransaction(async (tx) => {
      tx.push(effect('taken'));
      await store.complete(begun.claim, { status: 201 }, tx);
    });
    await expect(doubled).rejects.toThrow(TransactionRefusedError);
    expect(await store.begin(request)).toEqual({ state: 'in-progress' });
  });

  it('are not written by a request whose key belongs to a retry by now', async () => {
    let now = Date.now();
    const store = createStore(() => new Date(now));
    const request = { scope: 't/u/POST /x', key: 'overtaken', fingerprint: 'f' };
    const dead = await store.begin(request);
    now += 31_000;
    await store.begin(request);
    if (dead.state !== 'started') throw new Error('not started');
    const late = inTransaction(async (tx) => {
      tx.push(effect('late'));
      await store.complete(dead.claim, { status: 201 }, tx);
    });
    await expect(late).rejects.toThrow(IdempotencyClaimLostError);
    await expect(inTransaction(async (tx) => tx.push(effect('late')))).resolves.toBe(1);
  });
});

leakCheck();
