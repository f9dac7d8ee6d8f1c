import { createDynamoOutbox } from '@atlas/messaging';
import {
  createDocumentClient,
  createDynamoClient,
  createMetrics,
  DependencyUnavailableError,
  ensureTables,
} from '@atlas/platform';
import { captureLogs, leakCheck, stackVariable, testPrefix } from '@atlas/testing';
import { v7 } from 'uuid';
import { aCharge } from '../../test/charges.ts';
import type { LateResult } from '../payment-provider/payment-provider.ts';
import { billingTableNames, billingTables } from '../tables.ts';
import { type CommandOrigin, createAccounts } from './accounts.ts';
import { createSettle } from './late-results.ts';
import { createOpenCharges } from './open-charges.ts';

const prefix = testPrefix();
const tables = billingTableNames(prefix);
const raw = createDynamoClient({ region: stackVariable('AWS_REGION') });
const dynamo = createDocumentClient(raw);
const clock = () => new Date();
const logs = captureLogs();
const metrics = createMetrics({ service: 'billing', processMetrics: false });
const shared = { clock, logger: logs.logger, metrics };
const openCharges = createOpenCharges({ dynamo, tableName: tables.openCharges });
const accounts = createAccounts({
  ...{ ...shared, dynamo, tables, newId: v7, due: { firstMs: 1_000, afterRefusalMs: () => 1_000 } },
  outbox: createDynamoOutbox({ source: 'billing', clock, newId: v7, tableName: tables.outbox }),
});
const carriedOn: string[] = [];
const origins: CommandOrigin[] = [];
const soon = ({ chargeId }: { chargeId: string }, origin: CommandOrigin) => {
  carriedOn.push(chargeId);
  origins.push(origin);
};
const settle = createSettle({ ...shared, accounts, openCharges, reversalAttempts: 2, soon });
let accountId: string;

beforeAll(() => ensureTables(raw, billingTables(prefix)));
beforeEach(async () => {
  carriedOn.length = 0;
  accountId = v7();
  const charge = { ...aCharge, accountId };
  await accounts.handle(accountId, { type: 'RequestCharge', charge }, { correlationId: 'checkout' });
});
afterAll(() => raw.destroy());

const { chargeId, amountCents, currency } = aCharge;
const about = () => ({ chargeId, accountId, amountCents, currency, noticeId: `evt_${v7()}` });
const taken = (): LateResult => ({
  ...{ ...about(), about: 'charge' },
  result: { outcome: 'succeeded', reference: 'pi_1', chargedAt: new Date('2026-11-22T08:37:01.480Z') },
});
const declined = (): LateResult => ({
  ...{ ...about(), about: 'charge' },
  result: { outcome: 'declined', reason: 'card_declined' },
});
const back = (): LateResult => ({
  ...{ ...about(), about: 'refund' },
  result: { outcome: 'refunded', reference: 're_1', refundedAt: new Date('2026-11-22T08:37:02.900Z') },
});
const notBack = (): LateResult => ({
  ...{ ...about(), about: 'refund' },
  result: { outcome: 'refused', reason: 'lost' },
});
const charge = async () => (await accounts.load(accountId)).charges[chargeId]!;
const facts = async () =>
  (await accounts.history(accountId, { after: 0, limit: 100 })).events.map(({ type, correlationId }) => [
    type,
    correlationId,
  ]);

it('a result is recorded once, in the chain of the request, however often and in whatever order notices come', async () => {
  const notice = taken();
  expect(await Promise.all([settle(notice), settle(notice), settle(notice)])).toContain('recorded');
  expect(await settle(notice)).toBe('known');
  expect(await settle(taken())).toBe('known');
  expect(await settle(declined())).toBe('known');
  expect(await facts()).toEqual([
    ['charge.requested', 'checkout'],
    ['charge.succeeded', 'checkout'],
  ]);
});

it('money that comes after everybody was told that there is none goes back at once', async () => {
  expect(await settle(declined())).toBe('recorded');
  expect(await settle(taken())).toBe('recorded');
  expect(await charge()).toMatchObject({ status: 'reversing', reason: 'charged_after_failure' });
  expect(carriedOn).toContain(chargeId);
});

it('a refund that fails counts once per notice, and parks the reversal in the end', async () => {
  await settle(taken());
  await accounts.handle(accountId, { type: 'RequestReversal', chargeId, reason: 'plan_retired' });
  const notice = notBack();
  expect([await settle(notice), await settle(notice)]).toEqual(['recorded', 'known']);
  expect(await charge()).toMatchObject({ status: 'reversing', refusals: 1, lastRefusal: 'lost' });
  await settle(taken());
  // It is asked again when its time has come, and not because of a notice.
  expect(carriedOn).toEqual([]);
  expect(parkedLines()).toEqual([]);
  expect(await settle(notBack())).toBe('recorded');
  expect(await charge()).toMatchObject({ status: 'reversal_parked', refusals: 2 });
  expect(parkedLines()).toMatchObject([{ charge_id: chargeId, amount_cents: amountCents, currency, refusal: 'lost' }]);
  expect(await settle(back())).toBe('recorded');
  expect(await charge()).toMatchObject({ status: 'reversed', reason: 'plan_retired' });
});

it('a refund that was refused counts once, also when the answer to our call is noted as well', async () => {
  await settle(taken());
  await accounts.handle(accountId, { type: 'RequestReversal', chargeId, reason: 'plan_retired' });
  const result = { outcome: 'refused', reason: 'lost', reference: 're_0' } as const;
  const notice = (): LateResult => ({ ...about(), about: 'refund', result });
  const answer = {
    type: 'RecordRefusal',
    chargeId,
    attempt: 1,
    refusal: 'lost',
    reference: 're_0',
    maxAttempts: 2,
  } as const;
  await Promise.all([settle(notice()), accounts.handle(accountId, answer), settle(notice())]);
  expect(await settle(notice())).toBe('known');
  expect(await charge()).toMatchObject({ status: 'reversing', refusals: 1 });
});

it('what somebody has given back at the provider is a reversal', async () => {
  await settle(taken());
  await accounts.handle(accountId, { type: 'ConfirmCharge', chargeId, subscriptionId: 'sub_1' });
  expect(await settle(back())).toBe('recorded');
  expect(await charge()).toMatchObject({ status: 'reversed', reason: 'refunded_at_provider' });
});

const parkedLines = () =>
  logs.lines.filter(({ event, account_id }) => event === 'reversal_parked' && account_id === accountId);
const failedBack = (change: { byHand?: boolean; reference?: string } = {}): LateResult => ({
  ...{ ...about(), about: 'refund', byHand: change.byHand },
  result: { outcome: 'refused', reason: 'lost_or_stolen_card', reference: change.reference ?? 're_1' },
});

it('a refund that has failed does not become a reversal by a notice that is late', async () => {
  await settle(taken());
  await accounts.handle(accountId, { type: 'RequestReversal', chargeId, reason: 'plan_retired' });
  expect(await settle(failedBack())).toBe('recorded');
  expect(await settle(back())).toBe('known');
  expect(await charge()).toMatchObject({ status: 'reversing', refusals: 1 });
});

it('a reversal that was told and whose refund fails is open again, parked, and reported once', async () => {
  await settle(taken());
  await accounts.handle(accountId, { type: 'RequestReversal', chargeId, reason: 'plan_retired' });
  await settle(back());
  expect(await openCharges.find(accountId, chargeId)).toBeUndefined();
  const notice = failedBack();
  expect([await settle(notice), await settle(notice)]).toEqual(['recorded', 'known']);
  expect(await charge()).toMatchObject({ status: 'reversal_parked', refusals: 1, reference: 'pi_1' });
  expect(await openCharges.find(accountId, chargeId)).toMatchObject({
    ...{ status: 'reversal_parked', amountCents, currency, refusals: 1, lastRefusal: 'lost_or_stolen_card' },
  });
  const money = { charge_id: chargeId, amount_cents: amountCents, currency, refusal: 'lost_or_stolen_card' };
  expect(parkedLines()).toMatchObject([{ ...money, level: 'error' }]);
  const { state } = await accounts.handle(accountId, { type: 'RetryReversal', chargeId });
  expect(state.charges[chargeId]).toMatchObject({ status: 'reversing', reference: 'pi_1', refusals: 1 });
});

it('a refund by hand that fails is no attempt of ours, and undoes the reversal that it was taken for', async () => {
  await settle(taken());
  await accounts.handle(accountId, { type: 'RequestReversal', chargeId, reason: 'plan_retired' });
  expect(await settle(failedBack({ byHand: true, reference: 're_0' }))).toBe('known');
  expect(await charge()).toMatchObject({ status: 'reversing', refusals: 0 });
  expect(await settle({ ...back(), byHand: true } as LateResult)).toBe('recorded');
  expect(await settle(failedBack({ byHand: true, reference: 're_0' }))).toBe('known');
  expect(await settle(failedBack({ byHand: true }))).toBe('recorded');
  expect(await charge()).toMatchObject({ status: 'reversal_parked' });
});

it('a second payment under a charge is reported', async () => {
  await settle(taken());
  const second = { outcome: 'succeeded', reference: 'pi_2', chargedAt: new Date() } as const;
  expect(await settle({ ...about(), about: 'charge', result: second })).toBe('known');
  expect(logs.lines.at(-1)).toMatchObject({
    ...{ event: 'provider_notice_refused', charge_id: chargeId, level: 'error' },
    why: expect.stringContaining('payment pi_2 has taken its money as well'),
  });
});

it.each<[string, () => LateResult]>([
  ['of another amount', () => ({ ...taken(), amountCents: 1 })],
  ['of another currency', () => ({ ...taken(), currency: 'USD' })],
])('a notice %s is reported, and nothing is stored', async (_what, notice) => {
  const before = logs.lines.length;
  expect(await settle(notice())).toBe('known');
  expect(await charge()).toMatchObject({ status: 'requested' });
  expect(logs.lines.slice(before)).toMatchObject([
    { event: 'provider_notice_refused', account_id: accountId, charge_id: chargeId, level: 'error' },
  ]);
});

it('a refund of what is not known to be taken comes too early, and is taken when it comes again', async () => {
  const early = back();
  await expect(settle(early)).rejects.toThrow(DependencyUnavailableError);
  expect(carriedOn.at(-1)).toBe(chargeId);
  expect(origins.at(-1)).toEqual({ correlationId: 'checkout', causationId: early.noticeId });
  await settle(taken());
  expect(await settle(back())).toBe('recorded');
  expect((await facts()).map(([type]) => type)).toEqual(['charge.requested', 'charge.succeeded', 'charge.reversed']);
});

it('a refund of what was declined is reported', async () => {
  await settle(declined());
  expect(await settle(back())).toBe('known');
  expect(await charge()).toMatchObject({ status: 'failed' });
  expect(logs.lines.at(-1)).toMatchObject({ event: 'provider_notice_refused', charge_id: chargeId });
});

it('a notice about nobody is none of ours, and so is one about the charge of another account', async () => {
  expect(await settle({ ...taken(), chargeId: 'ch_none' })).toBe('unknown_charge');
  expect(await settle({ ...taken(), accountId: v7() })).toBe('unknown_charge');
});

leakCheck();
