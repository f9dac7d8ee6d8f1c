import { setTimeout as delay } from 'node:timers/promises';
import { eventually, leakCheck } from '@atlas/testing';
import { type BillingKit, openBillingKit, type Service } from '../test/billing-kit.ts';
import { type Customer, moneyOf, newCustomer, patient, untilQuiet } from '../test/checkout.ts';
import { ProviderUnavailableError } from './payment-provider/errors.ts';
import type { ChargeRequest, PaymentProvider } from './payment-provider/payment-provider.ts';

let kit: BillingKit;
const services: Service[] = [];

beforeAll(async () => {
  kit = await openBillingKit();
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
});
afterAll(() => kit.close());

async function start(options: Parameters<BillingKit['start']>[0] = {}): Promise<Service> {
  const service = await kit.start(options);
  services.push(service);
  return service;
}
const metric = async (service: Service, name: string): Promise<number> => {
  const text = await service.metrics.registry.metrics();
  return Number(new RegExp(`^atlas_${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1]);
};

/** A provider that only this test knows: every charge is answered by `answer`. */
function providerThat(answer: (request: ChargeRequest) => Promise<void>, check = async () => {}): PaymentProvider {
  return {
    name: 'fake',
    check,
    async charge(request) {
      await answer(request);
      return { outcome: 'succeeded', reference: `pi_${request.chargeId}`, chargedAt: new Date() };
    },
    async refund({ chargeId }) {
      return { outcome: 'refunded', reference: `re_${chargeId}`, refundedAt: new Date() };
    },
    chargeOf: async () => undefined,
    async close() {},
  };
}

describe('a provider', () => {
  it('that is away keeps nobody from asking: charges wait, and are made once when it is back', async () => {
    let away = true;
    let calls = 0;
    const down = async () => {
      if (away) throw new ProviderUnavailableError('fake');
    };
    const charge = async () => {
      calls += 1;
      await down();
    };
    const service = await start({ provider: providerThat(charge, down) });
    const customers = Array.from({ length: 3 }, () => newCustomer(kit, service));
    const ids = await Promise.all(customers.map((customer) => customer.checkout()));
    expect((await service.anonymous('GET', '/health/ready')).status).toBe(200);
    for (const [index, customer] of customers.entries()) {
      expect(await customer.statusOf(ids[index]!)).toBe('requested');
    }
    away = false;
    await Promise.all(customers.map((customer, index) => customer.until(ids[index]!, 'succeeded')));
    await untilQuiet(kit);
    expect(calls).toBe(3);
    expect((await kit.depth()).dead).toBe(0);
  });

  it('is asked by no more at a time than its budget allows, by all replicas together', async () => {
    let running = 0;
    let most = 0;
    const provider = providerThat(async () => {
      running += 1;
      most = Math.max(most, running);
      // A slow provider: without a budget several calls would meet here.
      await delay(30);
      running -= 1;
    });
    const replicas = await Promise.all([1, 2, 3].map(() => start({ provider, config: { PAYMENT_BUDGET: 2 } })));
    const customers = Array.from({ length: 12 }, (_, index) => newCustomer(kit, replicas[index % 3]!));
    const ids = await Promise.all(customers.map((customer) => customer.checkout()));
    await Promise.all(customers.map((customer, index) => customer.until(ids[index]!, 'succeeded')));
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('whose answer depends on the call fails one call in five: three replicas agree with its ledger to the cent', async () => {
    await kit.sandbox('/behaviour', { failure_rate: 0.2 });
    const replicas = await Promise.all([1, 2, 3].map(() => start({ config: { PAYMENT_TIMEOUT_MS: 500 } })));
    const customers = Array.from({ length: 15 }, (_, index) => newCustomer(kit, replicas[index % 3]!));
    const follow = async (customer: Customer, index: number) => {
      const id = await customer.checkout(index % 5 === 4 ? 'pm_card_declined' : 'pm_card_visa');
      if (index % 5 === 4) return { id, end: await ended(customer, id, 'failed') };
      await customer.until(id, 'succeeded');
      await (index % 2 === 0 ? customer.activate(id, { copies: 2 }) : customer.refuse(id, { copies: 2 }));
      return { id, end: await ended(customer, id, index % 2 === 0 ? 'confirmed' : 'reversed') };
    };
    const ends = await Promise.all(customers.map(follow));
    await untilQuiet(kit);
    await kit.sandbox('/behaviour', { failure_rate: 0 });
    for (const { id, end } of ends) {
      const charged = end === 'failed' ? 0 : 4_900;
      expect(await moneyOf(kit, id)).toEqual({ charged, refunded: end === 'reversed' ? 4_900 : 0 });
    }
    expect((await kit.depth()).dead).toBe(0);
  });
});

async function ended(customer: Customer, id: string, status: string): Promise<string> {
  await customer.until(id, status);
  return status;
}

it('60 charges of one account at once, over two replicas: each is made once, and no message dies of the crowd', async () => {
  const provider = providerThat(async () => {});
  const [one] = await Promise.all([start({ provider }), start({ provider })]);
  const customer = newCustomer(kit, one!);
  const ids = await Promise.all(Array.from({ length: 60 }, () => customer.checkout()));
  await untilQuiet(kit);
  const facts = await customer.facts();
  expect(facts.filter((type) => type === 'charge.requested')).toHaveLength(60);
  expect(facts.filter((type) => type === 'charge.succeeded')).toHaveLength(60);
  await Promise.all(ids.map((id) => customer.activate(id)));
  await eventually(async () => (await customer.facts()).length === 180, patient);
  await untilQuiet(kit);
  expect((await kit.depth()).dead).toBe(0);
});

describe('a charge that nobody carries out', () => {
  it('is reported after the set time, until somebody does', async () => {
    let now = Date.now();
    let away = true;
    const down = async () => {
      if (away) throw new ProviderUnavailableError('fake');
    };
    const config = { UNRESOLVED_AFTER_SECONDS: 60 };
    const service = await start({ clock: () => new Date(now), config, provider: providerThat(down, down) });
    const customer = newCustomer(kit, service);
    const id = await customer.checkout();
    now += 61_000;
    await eventually(async () => (await metric(service, 'billing_charges_waiting')) === 1, patient);
    const told = () => service.logs.lines.filter(({ event }) => event === 'charge_waiting');
    await eventually(() => told().length > 0, patient);
    expect(told()).toMatchObject([
      { account_id: customer.tenant, charge_id: id, amount_cents: 4_900, currency: 'EUR' },
    ]);
    away = false;
    await customer.until(id, 'succeeded');
    now += 1_000;
    await eventually(async () => (await metric(service, 'billing_charges_waiting')) === 0, patient);
  });
});

describe('money that is owed to a customer', () => {
  it('is reported when the provider neither gives it back nor refuses to', async () => {
    let now = Date.now();
    let pending = true;
    const config = { UNRESOLVED_AFTER_SECONDS: 60, PAYMENT_PENDING_SECONDS: 1 };
    const provider = providerThat(async () => {});
    const slow: typeof provider = {
      ...provider,
      refund: async (asked) => (pending ? { outcome: 'pending', reference: 're_slow' } : provider.refund(asked)),
    };
    const service = await start({ clock: () => new Date(now), config, provider: slow });
    const customer = newCustomer(kit, service);
    const id = await customer.checkout();
    await customer.until(id, 'succeeded');
    await customer.refuse(id);
    await customer.until(id, 'reversing');
    now += 61_000;
    await eventually(async () => (await metric(service, 'billing_reversals_waiting')) === 1, patient);
    const told = () => service.logs.lines.filter(({ event }) => event === 'reversal_waiting');
    await eventually(() => told().length > 0, patient);
    expect(told()).toMatchObject([{ charge_id: id, amount_cents: 4_900, currency: 'EUR' }]);
    pending = false;
    now += 2_000;
    await customer.until(id, 'reversed');
    now += 1_000;
    await eventually(async () => (await metric(service, 'billing_reversals_waiting')) === 0, patient);
  });
});

describe('a charge of which nobody says what became of it', () => {
  it('is reported after the set time, once in the log of all replicas, and no more when it is resolved', async () => {
    let now = Date.now();
    const clock = () => new Date(now);
    const config = { UNRESOLVED_AFTER_SECONDS: 60 };
    const provider = providerThat(async () => {});
    const [one, two] = [await start({ clock, config, provider }), await start({ clock, config, provider })];
    const customer = newCustomer(kit, one);
    const id = await customer.checkout();
    await customer.until(id, 'succeeded');
    expect((await customer.owner('GET', `/billing/charges/${id}`)).body.unresolved).toBe(false);
    now += 61_000;
    await eventually(async () => (await metric(two, 'billing_charges_unresolved')) >= 1, patient);
    const lines = () =>
      [one, two].flatMap(({ logs }) =>
        logs.lines.filter(({ event, charge_id }) => event === 'charge_unresolved' && charge_id === id),
      );
    await eventually(() => lines().length > 0, patient);
    now += 1_000;
    await eventually(async () => (await metric(one, 'billing_charges_unresolved')) >= 1, patient);
    expect(lines()).toMatchObject([{ account_id: customer.tenant, amount_cents: 4_900, currency: 'EUR' }]);

    const listed = (await customer.owner('GET', '/billing/charges?status=unresolved')).body.items;
    expect(listed).toMatchObject([{ charge_id: id, status: 'succeeded', unresolved: true }]);
    const operator = one.as('operators', 'operator');
    const unresolved = async () =>
      (await operator('GET', '/operator/billing/charges?status=unresolved&limit=100')).body.items.map(
        (item: { charge_id: string }) => item.charge_id,
      );
    expect(await unresolved()).toContain(id);
    await customer.activate(id);
    await customer.until(id, 'confirmed');
    await eventually(async () => !(await unresolved()).includes(id), patient);
    expect((await customer.owner('GET', '/billing/charges?status=unresolved')).body.items).toEqual([]);
  });
});

leakCheck();
