import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import { startSystem, type System } from '../src/index.ts';
import { createVisitors, type Send } from './described-visitors.ts';
import { deadLetters } from './shop.ts';

const password = 'correct horse battery staple';
/** For what goes through several services, on a machine that is busy with other tests. */
const patient = { timeoutMs: 45_000, everyMs: 50 };

interface Fact {
  readonly type: string;
  readonly timestamp: string;
}

interface Customer {
  readonly accountId: string;
  readonly owner: Send;
}

describe('billing and subscription through the gateway, every answer as its API description says', () => {
  let system: System;
  let visitor: () => Send;
  let operator: Send;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-checkout-'));
    const env = { REVERSAL_ATTEMPTS: '2', REVERSAL_RETRY_SECONDS: '1', UNRESOLVED_AFTER_SECONDS: '2' };
    system = await startSystem({ dir, mode: 'test', temporary: true, env });
    visitor = await createVisitors(system.env['GATEWAY_URL']!);
    operator = visitor();
    const { OPERATOR_EMAIL: email, OPERATOR_PASSWORD: operatorPassword } = system.env;
    expect((await operator('POST', '/session', { email, password: operatorPassword })).status).toBe(200);
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  async function newCustomer(): Promise<Customer> {
    const owner = visitor();
    const email = `${randomUUID()}@checkout.example`;
    const signUp = { tenant_name: 'Checkout', user_name: 'Ada', email, password };
    const { body } = await owner('POST', '/tenants', signUp);
    return { accountId: body.tenant.tenant_id, owner };
  }

  async function checkout({ owner }: Customer, plan_id: string, payment_method = 'pm_card_visa'): Promise<string> {
    const wish = { plan_id, payment_method, currency: 'EUR' };
    const { status, headers, body } = await owner('POST', '/billing/charges', wish, { key: randomUUID() });
    expect([status, headers.get('location')]).toEqual([202, body.status_url]);
    return body.charge_id;
  }

  const stateOf = async ({ owner }: Customer, chargeId: string) =>
    (await owner('GET', `/billing/charges/${chargeId}`)).body;
  const until = (customer: Customer, chargeId: string, status: string) =>
    eventually(async () => expect(await stateOf(customer, chargeId)).toMatchObject({ status }), patient);
  const ledger = async (query: Record<string, string>) =>
    (await (await fetch(`${system.env['PAYMENT_SANDBOX_URL']}/ledger?${new URLSearchParams(query)}`)).json()) as {
      payments: object[];
      refunds: object[];
    };

  test('from the price list to an active plan, another plan, and the end; all of it is in the history', async () => {
    const customer = await newCustomer();
    const { owner } = customer;
    const sold = await owner('GET', '/billing/plans');
    expect(sold.body.items.map(({ plan_id }: { plan_id: string }) => plan_id)).toContain('classic');
    const possible = await owner('GET', '/subscriptions/plans');
    expect(possible.body.items.map(({ plan_id }: { plan_id: string }) => plan_id)).not.toContain('classic');
    expect((await owner('GET', '/subscriptions/current')).status).toBe(404);

    const charge = await checkout(customer, 'team');
    await until(customer, charge, 'confirmed');
    const current = await owner('GET', '/subscriptions/current');
    expect(current.body).toMatchObject({ status: 'active', plan_id: 'team', price_cents: 4900, charge_id: charge });
    expect((await owner('GET', '/billing/charges?status=confirmed')).body.items).toHaveLength(1);

    const dearer = await owner('POST', '/subscriptions/current/change', { plan_id: 'business' }, { key: randomUUID() });
    expect(dearer).toMatchObject({ status: 409, body: { code: 'CHARGE_REQUIRED' } });
    const changed = await owner('POST', '/subscriptions/current/change', { plan_id: 'starter' }, { key: randomUUID() });
    expect(changed).toMatchObject({ status: 200, body: { plan_id: 'starter' } });
    const cancelled = await owner('DELETE', '/subscriptions/current');
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } });

    const history = await owner('GET', '/billing/history?limit=2');
    const rest = await owner('GET', `/billing/history?after=${history.body.next_after}`);
    expect([...history.body.items, ...rest.body.items].map(({ version, type }) => [version, type])).toEqual([
      [1, 'charge.requested'],
      [2, 'charge.succeeded'],
      [3, 'charge.confirmed'],
    ]);
  }, 120_000);

  test('a plan that was retired, and a suspended account: the money comes back', async () => {
    const customer = await newCustomer();
    const retired = await checkout(customer, 'classic');
    await until(customer, retired, 'reversed');
    expect(await stateOf(customer, retired)).toMatchObject({ reason: 'plan_retired' });

    const path = `/operator/subscriptions/accounts/${customer.accountId}/suspension`;
    expect((await operator('GET', path)).body.suspended).toBe(false);
    const suspended = await operator('PUT', path, { suspended: true, reason: 'Three months are not paid.' });
    expect(suspended).toMatchObject({ status: 200, body: { suspended: true } });
    const refused = await checkout(customer, 'team');
    await until(customer, refused, 'reversed');
    expect((await operator('PUT', path, { suspended: false })).body.suspended).toBe(false);
    const paid = await checkout(customer, 'team');
    await until(customer, paid, 'confirmed');
    expect((await ledger({ account_id: customer.accountId })).refunds).toHaveLength(2);
  }, 120_000);

  test('a result that comes late arrives by webhook, and a refusal costs nothing', async () => {
    const customer = await newCustomer();
    const late = await checkout(customer, 'team', 'pm_usBankAccount_success');
    await until(customer, late, 'confirmed');
    const declined = await checkout(customer, 'business', 'pm_card_insufficient_funds');
    await until(customer, declined, 'failed');
    expect(await stateOf(customer, declined)).toMatchObject({ reason: 'insufficient_funds', charged_at: null });
  }, 120_000);

  test('a provider that is away delays a charge, and nobody is refused', async () => {
    const customer = await newCustomer();
    await system.stopService('payment-sandbox');
    const charge = await checkout(customer, 'team');
    expect((await fetch(`${system.url('billing')}/health/ready`)).status).toBe(200);
    await system.startService('payment-sandbox');
    await until(customer, charge, 'confirmed');
    expect((await ledger({ charge_id: charge })).payments).toHaveLength(1);
  }, 120_000);

  test('subscription that is away: the charge is reported as unresolved, and goes on when it is back', async () => {
    const customer = await newCustomer();
    await system.stopApp('subscription');
    const charge = await checkout(customer, 'team');
    await until(customer, charge, 'succeeded');
    const reported = async () => (await operator('GET', '/operator/billing/charges?status=unresolved')).body.items;
    await eventually(
      async () => expect(await reported()).toMatchObject([{ charge_id: charge, account_id: customer.accountId }]),
      patient,
    );
    expect((await customer.owner('GET', '/billing/charges?status=unresolved')).body.items).toHaveLength(1);
    expect((await customer.owner('GET', '/subscriptions/current')).status).toBe(503);
    await system.startApp('subscription');
    await until(customer, charge, 'confirmed');
    expect(await reported()).toEqual([]);
  }, 120_000);

  test('a reversal that the provider refuses waits for an operator, who has it tried again', async () => {
    const customer = await newCustomer();
    const charge = await checkout(customer, 'classic', 'pm_card_refund_refused');
    await until(customer, charge, 'reversal_parked');
    const parked = await operator('GET', '/operator/billing/charges?status=reversal_parked');
    expect(parked.body.items).toMatchObject([
      { charge_id: charge, account_id: customer.accountId, amount_cents: 2900, currency: 'EUR', refusals: 2 },
    ]);
    expect(parked.body.items[0].last_refusal).toEqual(expect.any(String));
    // The provider tells of each refusal twice, in its answer and by webhook: it counts once, and the pause is kept.
    const { items } = (await customer.owner('GET', '/billing/history')).body as { items: Fact[] };
    const refused = items
      .filter(({ type }) => type === 'reversal.refused')
      .map(({ timestamp }) => Date.parse(timestamp));
    expect(refused).toHaveLength(2);
    expect(refused[1]! - refused[0]!).toBeGreaterThanOrEqual(900);
    await behaviour({ accept_refunds: true });
    const retry = `/operator/billing/accounts/${customer.accountId}/charges/${charge}/retry-reversal`;
    expect((await operator('POST', retry)).status).toBe(202);
    await until(customer, charge, 'reversed');
    await behaviour({ accept_refunds: false });
    expect(await operator('POST', retry)).toMatchObject({ status: 202, body: { status: 'reversed' } });
    const { refunds } = await ledger({ charge_id: charge });
    expect(refunds.filter((refund) => (refund as { status: string }).status === 'succeeded')).toHaveLength(1);
    const paid = await checkout(customer, 'team');
    await until(customer, paid, 'confirmed');
    const never = await operator('POST', retry.replace(charge, paid));
    expect(never).toMatchObject({ status: 409, body: { code: 'REVERSAL_NOT_PARKED' } });
  }, 120_000);

  describe('bad input is a clear 4xx and leaves nothing behind', () => {
    let customer: Customer;
    const wish = { plan_id: 'team', payment_method: 'pm_card_visa', currency: 'EUR' };

    beforeAll(async () => {
      customer = await newCustomer();
    });
    afterEach(async () => {
      expect((await customer.owner('GET', '/billing/history')).body.items).toEqual([]);
      expect(await ledger({ account_id: customer.accountId })).toMatchObject({ payments: [], refunds: [] });
    });

    test.each([
      ['an unknown plan', { ...wish, plan_id: 'platinum' }, 'UNKNOWN_PLAN', 'plan_id'],
      ['a plan of the prototype', { ...wish, plan_id: 'constructor' }, 'UNKNOWN_PLAN', 'plan_id'],
      ['a currency that it is not sold in', { ...wish, currency: 'JPY' }, 'CURRENCY_NOT_OFFERED', 'currency'],
      ['a currency that is none', { ...wish, currency: 'EURO' }, 'INVALID_BODY', 'currency'],
      ['an amount of the customer', { ...wish, amount_cents: 1 }, 'INVALID_BODY', 'amount_cents'],
      ['a negative amount', { ...wish, amount_cents: -4900 }, 'INVALID_BODY', 'amount_cents'],
      ['somebody else’s account', { ...wish, account_id: randomUUID() }, 'INVALID_BODY', 'account_id'],
      ['a card number', { ...wish, payment_method: '4242424242424242' }, 'INVALID_BODY', 'payment_method'],
    ])('%s', async (_name, body, code, field) => {
      const answer = await customer.owner('POST', '/billing/charges', body, { key: randomUUID() });
      expect([answer.status, answer.body.code]).toEqual([400, code]);
      expect(JSON.stringify(answer.body.errors)).toContain(field);
    });

    test('no Idempotency-Key', async () => {
      const answer = await customer.owner('POST', '/billing/charges', wish);
      expect(answer).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_REQUIRED' } });
    });

    test('the charge, the history and the operations of somebody else', async () => {
      const other = await newCustomer();
      const charge = await checkout(other, 'team');
      await until(other, charge, 'confirmed');
      expect((await customer.owner('GET', `/billing/charges/${charge}`)).status).toBe(404);
      expect((await customer.owner('GET', '/billing/charges')).body.items).toEqual([]);
      expect((await customer.owner('GET', '/subscriptions/current')).status).toBe(404);
      const theirs = await other.owner('GET', '/billing/charges?limit=1&status=confirmed');
      expect(theirs.body.items).toHaveLength(1);
      const retry = `/operator/billing/accounts/${other.accountId}/charges/${charge}/retry-reversal`;
      expect((await customer.owner('POST', retry)).status).toBe(403);
      expect((await operator('POST', `${retry.replace(charge, 'ch_unknown')}`)).status).toBe(404);
    }, 120_000);

    test('a webhook that is forged, stale, or sent once more', async () => {
      const other = await newCustomer();
      const charge = await checkout(other, 'team');
      await until(other, charge, 'confirmed');
      const before = (await other.owner('GET', '/billing/history')).body.items;
      const secret = system.env['STRIPE_WEBHOOK_SECRETS']!;
      const refund = { id: 're_forged', object: 'refund', amount: 4900, currency: 'eur', status: 'succeeded' };
      const metadata = { charge_id: charge, account_id: other.accountId };
      const now = Math.floor(Date.now() / 1000);
      const event = { id: `evt_${randomUUID()}`, object: 'event', type: 'refund.updated', created: now };
      const body = JSON.stringify({ ...event, data: { object: { ...refund, created: now, metadata } } });
      expect(await webhook(body, signature(body, now, 'whsec_of-somebody-else'))).toEqual([
        400,
        'WEBHOOK_SIGNATURE_INVALID',
      ]);
      expect(await webhook(body)).toEqual([400, 'WEBHOOK_SIGNATURE_MISSING']);
      expect(await webhook(body, signature(body, now - 3_600, secret))).toEqual([400, 'WEBHOOK_TOO_OLD']);
      const unknown = body.replaceAll(charge, 'ch_of-another-system');
      const signed = signature(unknown, now, secret);
      expect(await webhook(unknown, signed)).toEqual([200, undefined]);
      expect(await webhook(unknown, signed)).toEqual([409, 'WEBHOOK_REPLAYED']);
      expect((await other.owner('GET', '/billing/history')).body.items).toEqual(before);
    }, 120_000);
  });

  test('nothing of all this is a dead letter', async () => {
    expect(await deadLetters(system.env)).toBe(0);
  });

  async function behaviour(change: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const url = `${system.env['PAYMENT_SANDBOX_URL']}/behaviour`;
    expect((await fetch(url, { method: 'POST', headers, body: JSON.stringify(change) })).status).toBe(200);
  }

  const signature = (body: string, at: number, secret: string) =>
    `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;

  async function webhook(body: string, signed?: string): Promise<[status: number, code: string | undefined]> {
    const answer = await fetch(`${system.env['GATEWAY_URL']}/billing/webhooks/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(signed && { 'stripe-signature': signed }) },
      body,
    });
    return [answer.status, ((await answer.json()) as { code?: string }).code];
  }
});
