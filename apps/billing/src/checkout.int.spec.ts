import { eventually, leakCheck } from '@atlas/testing';
import Stripe from 'stripe';
import { v7 } from 'uuid';
import { type BillingKit, newTenant, openBillingKit, type Service, webhookSecret } from '../test/billing-kit.ts';
import { activated, type Customer, moneyOf, newCustomer, patient, untilQuiet } from '../test/checkout.ts';

let kit: BillingKit;
let service: Service;
let customer: Customer;

beforeAll(async () => {
  kit = await openBillingKit();
  service = await kit.start();
});
beforeEach(() => {
  customer = newCustomer(kit, service);
});
afterAll(async () => {
  await service.stop();
  await kit.close();
});

const typesSaid = async () => (await kit.said(customer.tenant)).map(({ event }) => event);

describe('a charge', () => {
  it('is carried out, published in both majors without what is private, and confirmed', async () => {
    const id = await customer.checkout();
    await customer.until(id, 'succeeded');
    await customer.activate(id, { copies: 3 });
    await customer.until(id, 'confirmed');
    await untilQuiet(kit);
    expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 0 });
    await eventually(async () => (await typesSaid()).length === 2, patient);
    const said = await kit.said(customer.tenant);
    expect(said.map(({ event }) => event).toSorted()).toEqual(['charge.requested', 'charge.succeeded']);
    const rows = await kit.outboxRows(customer.tenant);
    const succeeded = rows.filter(({ event_type }) => event_type === 'charge.succeeded');
    expect(succeeded.map(({ event_version }) => event_version).toSorted()).toEqual(['1.0', '2.0']);
    expect(new Set(succeeded.map(({ event_id }) => event_id)).size).toBe(1);
    for (const told of [JSON.stringify(said), JSON.stringify(rows)]) {
      expect(told).not.toMatch(/pm_card|provider_reference|noted_at/);
    }
    expect(new Set(said.map(({ correlation_id }) => correlation_id)).size).toBe(1);
    expect((await customer.owner('GET', `/billing/charges/${id}`)).body).toMatchObject({
      ...{ status: 'confirmed', unresolved: false, plan_id: 'team', amount_cents: 4_900, currency: 'EUR' },
      subscription_id: 'sub_1',
    });
  });

  it('that is declined fails, with the reason, and no money has moved', async () => {
    const id = await customer.checkout('pm_card_insufficient_funds');
    await customer.until(id, 'failed');
    expect((await customer.owner('GET', `/billing/charges/${id}`)).body.reason).toBe('insufficient_funds');
    expect(await moneyOf(kit, id)).toEqual({ charged: 0, refunded: 0 });
    await eventually(async () => (await typesSaid()).includes('charge.failed'), patient);
  });

  it.each(['pm_card_timeout_then_success', 'pm_card_error_then_success'])('of %s is made once', async (method) => {
    const id = await customer.checkout(method);
    await customer.until(id, 'succeeded');
    await untilQuiet(kit);
    expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 0 });
  });

  it('is made once, however often it is requested and its message comes, at once and again after the provider forgot it', async () => {
    const key = v7();
    const ids = await Promise.all(Array.from({ length: 10 }, () => customer.checkout('pm_card_visa', key)));
    const id = ids[0]!;
    expect(new Set(ids).size).toBe(1);
    await customer.until(id, 'succeeded');
    const requested = (await eventually(async () => {
      const found = (await kit.said(customer.tenant)).find(({ event }) => event === 'charge.requested');
      return found ?? false;
    }, patient))!;
    await kit.sandbox('/forget-keys');
    // A redriven dead letter has its own id; what it was before is not to matter.
    for (const copy of [requested.id, v7()]) {
      await kit.send('charge.requested', requested.payload as never, {
        tenantId: customer.tenant,
        id: copy,
        copies: 4,
      });
    }
    await untilQuiet(kit);
    expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 0 });
    expect(await customer.facts()).toEqual(['charge.requested', 'charge.succeeded']);
    expect((await kit.depth()).dead).toBe(0);
  });
});

describe('a result that comes late', () => {
  it('is told by a signed webhook, once; a forged or replayed one changes nothing', async () => {
    await kit.sandbox('/behaviour', { settle_after_ms: 60_000 });
    const id = await customer.checkout('pm_usBankAccount_success');
    const payments = await eventually(async () => {
      const found = (await kit.ledger(id)).payments;
      return found.length > 0 ? found : false;
    }, patient);
    const created = Math.floor(Date.now() / 1000);
    const metadata = { charge_id: id, account_id: customer.tenant };
    const object = {
      ...{ id: payments[0]!.id, object: 'payment_intent', amount: 4_900, currency: 'eur', created, metadata },
      ...{ status: 'succeeded', last_payment_error: null, latest_charge: 'ch_stripe' },
    };
    const event = { id: `evt_${v7()}`, object: 'event', type: 'payment_intent.succeeded', created, data: { object } };
    const payload = JSON.stringify(event);
    const signed = (secret: string) => Stripe.webhooks.generateTestHeaderString({ payload, secret });
    const post = (signature: string) =>
      service.anonymous('POST', '/billing/webhooks/stripe', {
        raw: payload,
        headers: { 'stripe-signature': signature },
      });
    expect((await service.anonymous('POST', '/billing/webhooks/stripe', { raw: payload })).status).toBe(400);
    expect((await post(signed('whsec_fedcba9876543210'))).status).toBe(400);
    expect(await customer.statusOf(id)).toBe('requested');
    // The same delivery twice: another second would be another signature, and Stripe's own repetition.
    const delivery = signed(webhookSecret);
    expect(await post(delivery)).toMatchObject({ status: 200, body: { outcome: 'recorded' } });
    expect((await post(delivery)).status).toBe(409);
    expect(await customer.statusOf(id)).toBe('succeeded');
    await untilQuiet(kit);
    expect(await customer.facts()).toEqual(['charge.requested', 'charge.succeeded']);
    await kit.sandbox('/behaviour', { settle_after_ms: 300 });
  });
});

describe('a reversal', () => {
  it('gives the money back once, whatever arrives how often, and is published', async () => {
    const id = await customer.checkout();
    await customer.until(id, 'succeeded');
    await customer.refuse(id, { copies: 5 });
    await customer.refuse(id);
    await customer.until(id, 'reversed');
    await untilQuiet(kit);
    expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 4_900 });
    await eventually(async () => (await typesSaid()).includes('charge.reversed'), patient);
    expect((await typesSaid()).filter((type) => type === 'charge.reversed')).toHaveLength(1);
    const reversed = (await kit.said(customer.tenant)).find(({ event }) => event === 'charge.reversed')!;
    expect(reversed.payload).toMatchObject({ charge_id: id, amount_cents: 4_900, reason: 'plan_retired' });
  });

  it('that is heard of before the charge was carried out follows it', async () => {
    await kit.sandbox('/behaviour', { settle_after_ms: 60_000 });
    const id = await customer.checkout('pm_usBankAccount_success');
    await eventually(async () => (await kit.ledger(id)).payments.length === 1, patient);
    await customer.refuse(id);
    await untilQuiet(kit);
    expect(await customer.statusOf(id)).toBe('requested');
    const [payment] = (await kit.ledger(id)).payments;
    await kit.sandbox(`/ledger/${payment!.id}/settle`);
    await customer.until(id, 'reversed');
    expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 4_900 });
    await kit.sandbox('/behaviour', { settle_after_ms: 300 });
  });

  it('that is refused is tried again, parked in the end, and tried again when an operator says so', async () => {
    const id = await customer.checkout('pm_card_refund_refused');
    await customer.until(id, 'succeeded');
    await customer.refuse(id);
    await customer.until(id, 'reversal_parked');
    const parked = (await customer.owner('GET', '/billing/charges?status=reversal_parked')).body.items;
    expect(parked).toMatchObject([{ charge_id: id, refusals: 3, amount_cents: 4_900, reason: 'plan_retired' }]);
    expect(parked[0].last_refusal).toEqual(expect.any(String));

    const operator = service.as('operators', 'operator');
    const listed = await eventually(async () => {
      const { items } = (await operator('GET', '/operator/billing/charges?status=reversal_parked&limit=100')).body;
      return items.find((item: { charge_id: string }) => item.charge_id === id) ?? false;
    }, patient);
    expect(listed).toMatchObject({ account_id: customer.tenant, amount_cents: 4_900, currency: 'EUR', refusals: 3 });
    await eventually(
      async () => /reversals_parked\{[^}]*\} [1-9]/.test(await service.metrics.registry.metrics()),
      patient,
    );

    await kit.sandbox('/behaviour', { accept_refunds: true });
    const path = `/operator/billing/accounts/${customer.tenant}/charges/${id}/retry-reversal`;
    expect(await operator('POST', path, { body: {} })).toMatchObject({ status: 202, body: { status: 'reversing' } });
    await customer.until(id, 'reversed');
    expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 4_900 });
    await kit.sandbox('/behaviour', { accept_refunds: false });
  });
});

describe('a message that cannot be true', () => {
  it.each([
    ['of a charge that the account does not have', () => ({})],
    ['of another account than its tenant', () => ({ account_id: newTenant() })],
  ])('%s is dead-lettered at once, and nothing is stored', async (_what, change) => {
    const { dead } = await kit.depth();
    const payload = { ...activated(customer.tenant, 'ch_of_nobody'), ...change() };
    await kit.send('subscription.activated', payload, { tenantId: customer.tenant });
    await eventually(async () => (await kit.depth()).dead === dead + 1, patient);
    expect((await customer.owner('GET', '/billing/history')).body.items).toEqual([]);
  });

  it('a charge that is confirmed and then said not to be is not given back', async () => {
    const id = await customer.checkout();
    await customer.until(id, 'succeeded');
    await customer.activate(id);
    await customer.until(id, 'confirmed');
    const { dead } = await kit.depth();
    await customer.refuse(id);
    await eventually(async () => (await kit.depth()).dead === dead + 1, patient);
    expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 0 });
  });
});

leakCheck();
