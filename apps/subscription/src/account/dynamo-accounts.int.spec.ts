import { createDocumentClient, createDynamoClient, createInTransaction, ensureTables } from '@atlas/platform';
import { TransactionRefusedError } from '@atlas/platform';
import { leakCheck, testPrefix } from '@atlas/testing';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { subscriptionTableNames, subscriptionTables } from '../tables.ts';
import { type Account, type AccountEvent, evolve, unknownAccount } from './account.domain.ts';
import { activated, cancelled, charge, seat, suspended } from './account.fixture.ts';
import { createDynamoAccounts, type LoadedAccount } from './dynamo-accounts.ts';

const prefix = testPrefix();
const tables = subscriptionTableNames(prefix);
const raw = createDynamoClient({ region: 'eu-central-1' });
const dynamo = createDocumentClient(raw);
const accounts = createDynamoAccounts({ dynamo, tableName: tables.subscriptions });
const inTransaction = createInTransaction({ dynamo, idempotencyTable: tables.idempotency });
const paid = charge('ch_1', 'team', 1);
const noted: AccountEvent = { type: 'charge.reversal_noted', payload: { charge_id: 'ch_1', reversed_at: 'then' } };

beforeAll(() => ensureTables(raw, subscriptionTables(prefix)));
afterAll(() => raw.destroy());

const after = (account: Account, ...events: AccountEvent[]) => events.reduce(evolve, account);
const write = (loaded: LoadedAccount, account: Account, answers: [string, string][] = []) =>
  inTransaction(async (tx) => tx.push(...accounts.writes(loaded, account, new Map(answers))));

it.each<[string, AccountEvent[]]>([
  ['a user', seat(1)],
  ['an active subscription', [activated(paid)]],
  ['a cancelled one', [activated(paid), cancelled('team', 3)]],
  ['a reversed charge', [noted]],
  ['everything', [...seat(1), suspended, activated(paid), noted]],
])('reads %s as it was written', async (name, events) => {
  const loaded = await accounts.load(name, { chargeId: 'ch_1', userId: 'u-0' });
  expect(loaded).toEqual({ accountId: name, version: 0, account: unknownAccount(), answer: undefined });
  const account = after(unknownAccount(), ...events);
  await write(loaded, account, [['ch_1', '{"an":"answer"}']]);
  const again = await accounts.load(name, { chargeId: 'ch_1', userId: 'u-0' });
  const answer = account.outcomes.has('ch_1') ? '{"an":"answer"}' : undefined;
  expect(again).toEqual({ accountId: name, version: 1, account, answer });
});

it('keeps the answer of a charge when its reversal is noted', async () => {
  await write(await accounts.load('kept'), after(unknownAccount(), activated(paid)), [['ch_1', 'answer']]);
  const loaded = await accounts.load('kept', { chargeId: 'ch_1' });
  await write(loaded, after(loaded.account, noted));
  expect(await accounts.load('kept', { chargeId: 'ch_1' })).toMatchObject({ version: 2, answer: 'answer' });
});

it('refuses what was decided on something that has changed since', async () => {
  const first = await accounts.load('raced');
  await write(first, after(first.account, ...seat(1)));
  await expect(write(first, after(first.account, suspended))).rejects.toThrow(TransactionRefusedError);
  const second = await accounts.load('raced');
  await write(second, after(second.account, suspended));
  await expect(write(second, after(second.account, activated(paid)))).rejects.toThrow(TransactionRefusedError);
  expect((await accounts.load('raced')).account).toMatchObject({ subscription: undefined, seatsTaken: 1 });
});

it('refuses what was decided on a charge or a seat that was read too early, although the account was not', async () => {
  // Read before, written by somebody else, and only then the account: what three single reads may see.
  const early = await accounts.load('torn', { chargeId: 'ch_1', userId: 'u-0' });
  await write(early, after(unknownAccount(), ...seat(1), activated(paid)), [['ch_1', 'answer']]);
  const { version } = await accounts.load('torn');
  const torn = { ...early, version };
  await expect(write(torn, after(torn.account, noted))).rejects.toThrow(TransactionRefusedError);
  await expect(write(torn, after(torn.account, ...seat(1)))).rejects.toThrow(TransactionRefusedError);
  const seen = await accounts.load('torn', { chargeId: 'ch_1' });
  await write(seen, after(seen.account, noted));
  const tornAgain = { ...seen, version: version + 1 };
  await expect(write(tornAgain, after(tornAgain.account, noted))).rejects.toThrow(TransactionRefusedError);
});

it('says which item it cannot read', async () => {
  const Item = { pk: 'TENANT#corrupt', sk: 'ACCOUNT', version: 'one' };
  await dynamo.send(new PutCommand({ TableName: tables.subscriptions, Item }));
  await expect(accounts.load('corrupt')).rejects.toThrow('TENANT#corrupt ACCOUNT');
});

leakCheck();
