import { setTimeout as delay } from 'node:timers/promises';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { fold } from '@atlas/event-store';
import { createDynamoOutbox } from '@atlas/messaging';
import { createDocumentClient, createDynamoClient, createMetrics, ensureTables } from '@atlas/platform';
import { captureLogs, leakCheck, stackVariable, testPrefix } from '@atlas/testing';
import fc from 'fast-check';
import { v7 } from 'uuid';
import { aCharge } from '../../test/charges.ts';
import { commands } from '../../test/random-history.ts';
import { billingTableNames, billingTables } from '../tables.ts';
import { type Account, accountDecider } from './account.domain.ts';
import { createAccounts } from './accounts.ts';
import { openStatuses } from './open-charge-item.ts';
import { createOpenCharges } from './open-charges.ts';
import { RejectedError } from './rejected.domain.ts';

const prefix = testPrefix();
const tables = billingTableNames(prefix);
const raw = createDynamoClient({ region: stackVariable('AWS_REGION') });
const dynamo = createDocumentClient(raw);
const clock = () => new Date();
const openCharges = createOpenCharges({ dynamo, tableName: tables.openCharges });
const accounts = createAccounts({
  ...{ dynamo, tables, clock, newId: v7, logger: captureLogs().logger },
  outbox: createDynamoOutbox({ source: 'billing', clock, newId: v7, tableName: tables.outbox }),
  due: { firstMs: 1_000, afterRefusalMs: (refusals) => refusals * 1_000 },
  metrics: createMetrics({ service: 'billing', processMetrics: false }),
});

beforeAll(() => ensureTables(raw, billingTables(prefix)));
afterAll(() => raw.destroy());

async function replayed(account: string): Promise<{ state: Account; versions: number[] }> {
  let state = accountDecider.initialState();
  const versions: number[] = [];
  let after: number | undefined = 0;
  while (after !== undefined) {
    const page: Awaited<ReturnType<typeof accounts.history>> = await accounts.history(account, { after, limit: 3 });
    state = fold(accountDecider, page.events, state);
    versions.push(...page.events.map(({ version }) => version));
    after = page.next;
  }
  return { state, versions };
}

it('the history is complete: replayed, it is the state of now, and the rows of open charges are those of that state', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (history) => {
      const account = v7();
      let model = accountDecider.initialState();
      for (const command of history) {
        try {
          const { state } = await accounts.handle(account, command);
          model = fold(accountDecider, accountDecider.decide(command, model), model);
          expect(state).toEqual(model);
        } catch (error) {
          if (!(error instanceof RejectedError)) throw error;
          expect(() => accountDecider.decide(command, model)).toThrow(RejectedError);
        }
      }
      const { state, versions } = await replayed(account);
      expect(state).toEqual(model);
      expect(await accounts.load(account)).toEqual(model);
      expect(versions).toEqual(versions.map((_, index) => index + 1));
      for (const [id, charge] of Object.entries(model.charges)) {
        const row = await openCharges.find(account, id);
        if (!(openStatuses as readonly string[]).includes(charge.status)) expect(row).toBeUndefined();
        else {
          const refusals = 'refusals' in charge && charge.refusals > 0 ? charge.refusals : undefined;
          expect(row).toMatchObject({ status: charge.status, amountCents: charge.amountCents });
          // Asked anew by an operator, a row counts from its next refusal on.
          if (charge.status === 'reversal_parked') expect(row!.refusals).toBe(refusals);
        }
      }
    }),
    { numRuns: 25 },
  );
});

it('20 writers of one account at once: each of 200 charges once, versions without a gap, and its event in the outbox', async () => {
  const account = v7();
  const ids = Array.from({ length: 200 }, (_, index) => `ch_${String(index).padStart(24, '0')}`);
  const writers = Array.from({ length: 20 }, async (_, writer) => {
    // Two writers are given each charge, so that half of the commands are repetitions.
    for (const [index, chargeId] of ids.entries()) {
      if (index % 10 !== writer % 10) continue;
      await delay(Math.random() * 5);
      await accounts.handle(
        account,
        { type: 'RequestCharge', charge: { ...aCharge, chargeId } },
        { commandId: chargeId },
      );
    }
  });
  await Promise.all(writers);
  const { state, versions } = await replayed(account);
  expect(Object.keys(state.charges).toSorted()).toEqual(ids);
  expect(versions).toEqual(ids.map((_, index) => index + 1));
  const told: string[] = [];
  for await (const { Items = [] } of paginateScan(
    { client: dynamo },
    { TableName: tables.outbox, ConsistentRead: true },
  )) {
    told.push(...Items.filter(({ tenant_id }) => tenant_id === account).map(({ subject }) => subject as string));
  }
  expect(told.toSorted()).toEqual(ids);
});

leakCheck();
