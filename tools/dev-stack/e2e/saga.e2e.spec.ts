import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import fc from 'fast-check';
import { startSystem, type System } from '../src/index.ts';
import { type ChargeBooks, type Customer, disagreements, openCustomer, readBooks } from './checkout-books.ts';
import { committedTable } from './committed-table.ts';
import { nameOf, renderSagaMatrix, sagaCrashCases, sagaEnds, type SagaOutcome } from './saga-crash-matrix.ts';
import { createReplays } from './saga-replays.ts';
import { deadLetters, messagesIn } from './shop.ts';

const plans = { activates: 'team', reverses: 'classic' } as const;
const plan = fc.constantFrom('starter', 'team', 'business', 'classic');
const method = fc.constantFrom(
  ...['pm_card_visa', 'pm_card_visa', 'pm_card_visa', 'pm_card_declined', 'pm_card_refund_refused'],
  ...['pm_card_timeout_then_success', 'pm_card_error_then_success', 'pm_usBankAccount_success'],
);
const atItsEnd = /^(confirmed|reversed|failed|reversal_parked)$/;
const patient = { timeoutMs: 120_000, everyMs: 500 };
const finals = { activates: 'confirmed', reverses: 'reversed' } as const;

/** What billing and subscription were told about these charges: of a success in both majors, of an outcome once. */
function messagesAbout(charges: readonly ChargeBooks[]): number {
  const heard: Record<string, number> = { 'charge.requested': 1, 'charge.succeeded': 2, 'charge.reversed': 1 };
  const ofCharge = ({ events, outcome }: ChargeBooks) =>
    events.reduce((all, { type }) => all + (heard[type] ?? 0), outcome === undefined ? 0 : 1);
  return charges.map(ofCharge).reduce((all, one) => all + one, 0);
}

/** Runs every line of the saga's crash matrix on the real system; `UPDATE_DOCS=1` writes the table into docs/guarantees.md. */
describe('the saga on the real system', () => {
  const seen = new Map<string, SagaOutcome>();
  const crashes: string[] = [];
  let system: System;

  beforeAll(async () => {
    system = await startSystem({
      ...{ dir: mkdtempSync(join(tmpdir(), 'atlas-saga-crash-')), mode: 'test', temporary: true },
      visibilityTimeoutSeconds: 3,
      // What a dead process had leased comes back sooner than in production; nothing else differs.
      env: {
        QUEUE_WAIT_SECONDS: '1',
        OUTBOX_LEASE_SECONDS: '3',
        PAYMENT_TIMEOUT_MS: '1000',
        REVERSAL_RETRY_SECONDS: '1',
      },
      onCrash: ({ name }) => void crashes.push(name),
    });
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  test.each(sagaCrashCases.map((crashCase) => [nameOf(crashCase), crashCase] as const))(
    '%s',
    async (name, { dies, step, saga }) => {
      const tenant = name.replaceAll(/\W+/g, '-');
      const customer = await openCustomer(system.env, tenant);
      // The sign-up must be done, or it would be what meets the crash.
      await quiet();
      crashes.length = 0;
      await system.restart(dies, { env: { ATLAS_CRASH_AT: step } });
      const chargeId = await customer.checkout('1', { plan: plans[saga], method: 'pm_card_visa' });
      await eventually(() => expect(crashes).toEqual([dies]), { timeoutMs: 60_000 });
      await system.ready(dies);
      await eventually(async () => expect(await statusOf(customer, chargeId)).toBe(finals[saga]), {
        timeoutMs: 90_000,
        everyMs: 250,
      });
      // Then nothing may follow: what comes twice would come now.
      await eventually(async () => expect((await mailsTo(tenant)).length).toBeGreaterThan(0), {
        timeoutMs: 60_000,
        everyMs: 250,
      });
      await quiet();
      const outcome = await outcomeOf(customer, chargeId, tenant);
      expect(outcome).toEqual(sagaEnds[saga]);
      seen.set(name, outcome);
    },
    200_000,
  );

  test('random schedules: processes die, and everything comes again, late and in another order', async () => {
    const [wishes = []] = fc.sample(fc.array(fc.record({ plan, method }), { minLength: 12, maxLength: 12 }), 1);
    const customers = await Promise.all([0, 1, 2, 3].map((number) => openCustomer(system.env, `random-${number}`)));
    const replays = createReplays(system.env);
    try {
      const asking = Promise.allSettled(
        wishes.map((wish, index) => customers[index % customers.length]!.checkout(`${index}`, wish)),
      );
      for (const victim of ['billing', 'subscription', 'billing'] as const) {
        await replays.everything();
        system.kill(victim);
        await system.ready(victim, 60_000);
      }
      expect((await asking).map(({ status }) => status)).toEqual(wishes.map(() => 'fulfilled'));
      const atRest = await eventually(async () => {
        const { charges } = await readBooks(system.env, customers);
        expect(charges.map(({ status }) => status)).toEqual(charges.map(() => expect.stringMatching(atItsEnd)));
        return charges;
      }, patient);
      await quiet();
      // Without its marks a consumer handles everything again: what must hold then is in the two domains.
      await replays.forget();
      expect(await replays.everything()).toBeGreaterThanOrEqual(messagesAbout(atRest));
      await quiet();
      const { charges, chargedTwice } = await readBooks(system.env, customers);
      expect(charges).toEqual(atRest);
      expect(charges).toHaveLength(wishes.length);
      expect(charges.filter(({ status }) => status !== 'reversal_parked').flatMap(disagreements)).toEqual([]);
      for (const { provider, outcome } of charges.filter(({ status }) => status === 'reversal_parked')) {
        expect([provider.payments, provider.refundedCents, outcome?.kind]).toEqual([1, 0, 'failed']);
      }
      expect(chargedTwice).toEqual([]);
      expect(await deadLetters(system.env)).toBe(0);
    } finally {
      await replays.close();
    }
  }, 300_000);

  test('is what docs/guarantees.md says', () => {
    const { committed, seen: now } = committedTable('saga-crash-matrix', renderSagaMatrix(seen));
    expect(committed).toBe(now);
  });

  async function statusOf({ client }: Customer, chargeId: string): Promise<string> {
    return (await client.send({ method: 'GET', path: `/billing/charges/${chargeId}` })).body.status;
  }

  async function outcomeOf(customer: Customer, chargeId: string, tenant: string): Promise<SagaOutcome> {
    const ledger = (await json(`${system.env['PAYMENT_SANDBOX_URL']}/ledger?charge_id=${chargeId}`)) as {
      payments: { status: string }[];
      refunds: { status: string }[];
    };
    const moved = (entries: { status: string }[]) => entries.filter(({ status }) => status === 'succeeded').length;
    const current = await customer.client.send({ method: 'GET', path: '/subscriptions/current' });
    return {
      taken: moved(ledger.payments),
      givenBack: moved(ledger.refunds),
      subscription: current.status === 200 && current.body.status === 'active' ? 'active' : 'none',
      mails: (await mailsTo(tenant)).length,
      deadLetters: await deadLetters(system.env),
    };
  }

  /** What the owner of a tenant has been told of the charge. */
  async function mailsTo(tenant: string): Promise<{ subject: string }[]> {
    const { items } = (await json(`${system.env['SINK_URL']}/api/mail?to=owner@${tenant}.example`)) as {
      items: { subject: string }[];
    };
    return items.filter(({ subject }) => !/^Welcome/.test(subject));
  }

  /** Nothing is in an outbox or a queue any more that could still cause something. */
  async function quiet(): Promise<void> {
    const metrics = async (app: string) => (await fetch(`${system.url(app)}/metrics`)).text();
    const depth = async (app: string) => Number(/^atlas_outbox_depth\S* (\d+)/m.exec(await metrics(app))?.[1] ?? 0);
    await eventually(
      async () => {
        const depths = await Promise.all(['gateway', 'billing', 'subscription'].map(depth));
        expect([...depths, await messagesIn(system.env)]).toEqual([0, 0, 0, 0]);
      },
      { timeoutMs: 90_000, everyMs: 250 },
    );
  }

  async function json(url: string): Promise<unknown> {
    return (await fetch(url)).json();
  }
});
