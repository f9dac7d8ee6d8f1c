import { eventually, leakCheck } from '@atlas/testing';
import Stripe from 'stripe';
import { v7 } from 'uuid';
import { type BillingKit, newTenant, openBillingKit, type Service } from '../../../test/billing-kit.ts';
import { type Customer, moneyOf, newCustomer, patient, untilQuiet } from '../../../test/checkout.ts';

/** The service as it is in production, with Stripe's client; what answers it is the sandbox. */
const secret = 'whsec_signs-what-stripe-says';
let kit: BillingKit;
let service: Service;
let customer: Customer;

beforeAll(async () => {
  kit = await openBillingKit();
  service = await kit.start({
    config: {
      ...{ PAYMENT_PROVIDER: 'stripe', STRIPE_SECRET_KEY: 'sk_test_atlas', STRIPE_API_URL: kit.sandboxUrl },
      STRIPE_WEBHOOK_SECRETS: [secret],
      // Asked about so seldom that only a webhook can have told.
      PAYMENT_PENDING_SECONDS: 600,
    },
  });
  await kit.sandbox('/behaviour', { settle_after_ms: null });
});
beforeEach(() => {
  customer = newCustomer(kit, service);
});
afterAll(async () => {
  await service.stop();
  await kit.close();
});

interface Told {
  chargeId: string;
  type?: string;
  status?: string;
  amount?: number;
  account?: string;
  id?: string;
  at?: number;
  failure?: object | null;
}

/** Stripe says what has become of a payment, signed as Stripe does. */
async function tell(told: Told): Promise<[status: number, outcome: string]> {
  const { chargeId, type = 'payment_intent.succeeded', status = 'succeeded', amount = 4900, failure = null } = told;
  const seconds = Math.floor((told.at ?? Date.now()) / 1000);
  const [payment] = (await kit.ledger(chargeId)).payments;
  const intent = {
    ...{ id: payment?.id ?? 'pi_1', object: 'payment_intent', amount, currency: 'eur', created: seconds, status },
    ...{ latest_charge: null, last_payment_error: failure },
    metadata: { charge_id: chargeId, account_id: told.account ?? customer.tenant },
  };
  return deliver({ type, object: intent, seconds, id: told.id });
}

async function deliver(told: { type: string; object: object; seconds: number; id?: string | undefined }) {
  const { type, object, seconds, id = `evt_${v7()}` } = told;
  const event = { id, object: 'event', type, created: seconds, data: { object } };
  const payload = JSON.stringify(event);
  const answer = await fetch(`${service.url}/billing/webhooks/stripe`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', connection: 'close' },
      'stripe-signature': Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp: seconds }),
    },
    body: payload,
  });
  const { outcome, code } = (await answer.json()) as { outcome?: string; code?: string };
  return [answer.status, outcome ?? code ?? ''] as [status: number, outcome: string];
}

/** A charge that Stripe has taken on and not finished. */
async function pendingCharge(method = 'pm_usBankAccount_success'): Promise<string> {
  const id = await customer.checkout(method);
  await eventually(async () => (await kit.ledger(id)).payments.length === 1, patient);
  await untilQuiet(kit);
  expect(await customer.statusOf(id)).toBe('requested');
  return id;
}

it('charges, declines and gives back through Stripe’s client, once', async () => {
  const good = await customer.checkout('pm_card_visa');
  const slow = await customer.checkout('pm_card_error_then_success');
  const bad = await customer.checkout('pm_card_visa_chargeDeclinedInsufficientFunds');
  const nobody = await customer.checkout('pm_nobody');
  await customer.until(good, 'succeeded');
  await customer.until(slow, 'succeeded');
  await customer.until(bad, 'failed');
  await customer.until(nobody, 'failed');
  await kit.sandbox('/forget-keys');
  await customer.refuse(good, { copies: 3 });
  await customer.until(good, 'reversed');
  await untilQuiet(kit);
  expect(await moneyOf(kit, good)).toEqual({ charged: 4900, refunded: 4900 });
  expect(await moneyOf(kit, slow)).toEqual({ charged: 4900, refunded: 0 });
  expect(await moneyOf(kit, bad)).toEqual({ charged: 0, refunded: 0 });
  expect((await kit.depth()).dead).toBe(0);
});

describe('a result that comes late', () => {
  it('ends the charge, however often it is told, and belongs to the request that began it', async () => {
    const id = await pendingCharge();
    const notice = { chargeId: id, id: `evt_${v7()}` };
    const answers = [
      await tell(notice),
      await tell({ ...notice, at: Date.now() - 5000 }),
      await tell({ chargeId: id }),
    ];
    expect(answers).toEqual([
      [200, 'recorded'],
      [200, 'known'],
      [200, 'known'],
    ]);
    expect(await customer.statusOf(id)).toBe('succeeded');
    const { items } = (await customer.owner('GET', '/billing/history')).body;
    expect(items.map(({ type }: { type: string }) => type)).toEqual(['charge.requested', 'charge.succeeded']);
    expect(items[1].correlation_id).toBe(items[0].correlation_id);
  });

  it('is a decline as well', async () => {
    const id = await pendingCharge('pm_usBankAccount_insufficientFunds');
    const failure = { code: 'card_declined', decline_code: 'insufficient_funds' };
    const type = 'payment_intent.payment_failed';
    const told = await tell({ chargeId: id, type, status: 'requires_payment_method', failure });
    expect(told).toEqual([200, 'recorded']);
    expect((await customer.owner('GET', `/billing/charges/${id}`)).body).toMatchObject({
      ...{ status: 'failed', reason: 'insufficient_funds' },
    });
  });

  it('told ten times at once, before our own call was answered, is noted once', async () => {
    await kit.sandbox('/behaviour', { settle_after_ms: null });
    const id = await customer.checkout('pm_card_timeout_then_success');
    await eventually(async () => (await kit.ledger(id)).payments.length === 1, patient);
    const answers = await Promise.all(Array.from({ length: 10 }, () => tell({ chargeId: id })));
    expect(answers.map(([status]) => status)).toEqual(Array(10).fill(200));
    await untilQuiet(kit);
    expect(await customer.facts()).toEqual(['charge.requested', 'charge.succeeded']);
    expect(await moneyOf(kit, id)).toEqual({ charged: 4900, refunded: 0 });
    expect((await kit.depth()).dead).toBe(0);
  });
});

it('a confirmed charge that somebody gives back by hand is reversed, and everybody is told', async () => {
  const id = await customer.checkout();
  await customer.until(id, 'succeeded');
  await customer.activate(id);
  await customer.until(id, 'confirmed');
  const [payment] = (await kit.ledger(id)).payments;
  const seconds = Math.floor(Date.now() / 1000);
  const byHand = {
    id: 're_by_hand',
    object: 'refund',
    amount: 4900,
    currency: 'eur',
    created: seconds,
    status: 'succeeded',
  };
  const object = { ...byHand, metadata: {}, payment_intent: payment!.id };
  expect(await deliver({ type: 'refund.created', object, seconds })).toEqual([200, 'recorded']);
  expect(await customer.statusOf(id)).toBe('reversed');
  await eventually(
    async () => (await kit.said(customer.tenant)).some(({ event }) => event === 'charge.reversed'),
    patient,
  );
});

describe('a notice that cannot be true changes nothing', () => {
  it.each([
    ['another amount', { amount: 4901 }, 'known'],
    ['an account that has no such charge', { account: newTenant() }, 'unknown_charge'],
  ])('%s', async (_name, change, outcome) => {
    const id = await pendingCharge();
    expect(await tell({ chargeId: id, ...change })).toEqual([200, outcome]);
    expect(await customer.facts()).toEqual(['charge.requested']);
    expect(await tell({ chargeId: id })).toEqual([200, 'recorded']);
  });

  it('a charge that nobody has asked for', async () => {
    expect(await tell({ chargeId: 'ch_of_nobody' })).toEqual([200, 'unknown_charge']);
    expect(await customer.facts()).toEqual([]);
  });

  it('one that is too old', async () => {
    const id = await pendingCharge();
    expect(await tell({ chargeId: id, at: Date.now() - 400_000 })).toEqual([400, 'WEBHOOK_TOO_OLD']);
    expect(await customer.facts()).toEqual(['charge.requested']);
    await tell({ chargeId: id });
  });
});

leakCheck();
