import {
  createDocumentClient,
  createDynamoClient,
  createDynamoIdempotencyStore,
  createInTransaction,
  ensureTables,
  IdempotencyClaimLostError,
  type IdempotencyStore,
  tenantTable,
  type TransactItem,
  TransactionRefusedError,
} from '@atlas/platform';
import { idempotencyStoreContract } from './idempotency-store-contract.ts';
import { leakCheck } from './leak-check.ts';
import { testPrefix } from './stack.ts';

// How the DynamoDB store of @atlas/platform keeps the promises of its port. It is here because the contract is.
const prefix = testPrefix();
const [idempotency, effects] = [`${prefix}-idempotency`, `${prefix}-effects`];
const raw = createDynamoClient({ region: 'eu-central-1' });
const dynamo = createDocumentClient(raw);
const inTransaction = createInTransaction({ dynamo, idempotencyTable: idempotency });
const createStore = (clock: () => Date): IdempotencyStore<TransactItem[]> =>
  createDynamoIdempotencyStore({ dynamo, tableName: idempotency, clock });

beforeAll(() => ensureTables(raw, [tenantTable(idempotency), tenantTable(effects)]));
afterAll(() => raw.destroy());

describe('the port', () => {
  idempotencyStoreContract(() => ({ createStore, inTransaction }));
});

describe('effect and answer', () => {
  const effect = (id: string): TransactItem => ({
    Put: { TableName: effects, Item: { pk: 'TENANT#t', sk: id }, ConditionExpression: 'attribute_not_exists(pk)' },
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
