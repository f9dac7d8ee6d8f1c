import { leakCheck } from '@atlas/testing';
import { type BillingKit, openBillingKit, type Service } from '../test/billing-kit.ts';
import { moneyOf, newCustomer, untilQuiet } from '../test/checkout.ts';

let kit: BillingKit;
let service: Service | undefined;

beforeAll(async () => {
  kit = await openBillingKit();
});
afterEach(() => service?.stop());
afterAll(async () => {
  const { dead } = await kit.depth();
  await kit.close();
  expect(dead).toBe(0);
});

/** The process that dies there loses everything but what is stored; the message comes again, to whoever lives. */
class DiedError extends Error {}

async function startDyingAt(step: string, times = 1) {
  let deaths = 0;
  service = await kit.start({
    probe(reached) {
      if (reached !== step || deaths === times) return;
      deaths += 1;
      throw new DiedError(step);
    },
  });
  return { service, deaths: () => deaths };
}

const charged = ['charge.requested', 'charge.succeeded'];
const given = [...charged, 'reversal.requested', 'charge.reversed'];

it.each(['charge.answered', 'charge.noted'])('dies at %s, twice: charged once, noted once', async (step) => {
  const { service: billing, deaths } = await startDyingAt(step, 2);
  const customer = newCustomer(kit, billing);
  const id = await customer.checkout();
  await untilQuiet(kit);
  await customer.until(id, 'succeeded');
  // After a note there is nothing left to die over when the message comes again.
  expect(deaths()).toBe(step === 'charge.noted' ? 1 : 2);
  expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 0 });
  expect(await customer.facts()).toEqual(charged);
});

it('dies at charge.answered of a decline: it stays declined, and fails once', async () => {
  const { service: billing } = await startDyingAt('charge.answered');
  const customer = newCustomer(kit, billing);
  const id = await customer.checkout('pm_card_declined');
  await customer.until(id, 'failed');
  await untilQuiet(kit);
  expect(await moneyOf(kit, id)).toEqual({ charged: 0, refunded: 0 });
  expect(await customer.facts()).toEqual(['charge.requested', 'charge.failed']);
});

it.each(['reversal.requested', 'reversal.answered', 'reversal.noted'])(
  'dies at %s, while others have the same message: given back once',
  async (step) => {
    const { service: billing, deaths } = await startDyingAt(step);
    const customer = newCustomer(kit, billing);
    const id = await customer.checkout();
    await customer.until(id, 'succeeded');
    await customer.refuse(id, { copies: 2 });
    await customer.until(id, 'reversed');
    await untilQuiet(kit);
    expect(deaths()).toBe(1);
    expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 4_900 });
    expect(await customer.facts()).toEqual(given);
  },
);

it('dies at charges.requested: the request is repeated with its key, and there is one charge', async () => {
  const { service: billing } = await startDyingAt('charges.requested');
  const customer = newCustomer(kit, billing);
  await expect(customer.checkout('pm_card_visa', 'once')).rejects.toThrow('500');
  const id = await customer.checkout('pm_card_visa', 'once');
  await customer.until(id, 'succeeded');
  expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 0 });
  expect(await customer.facts()).toEqual(charged);
});

it('a reversal that nobody carries on after a death is found by the sweep of any replica', async () => {
  let now = Date.now();
  const clock = () => new Date(now);
  service = await kit.start({ clock });
  const customer = newCustomer(kit, service);
  const id = await customer.checkout('pm_card_refund_refused_once');
  await customer.until(id, 'succeeded');
  await customer.refuse(id);
  await untilQuiet(kit);
  // The message is gone with the first refusal. What is left is the row, which is due in a second.
  expect(await customer.statusOf(id)).toBe('reversing');
  now += 5_000;
  await customer.until(id, 'reversed');
  expect(await moneyOf(kit, id)).toEqual({ charged: 4_900, refunded: 4_900 });
  expect(await customer.facts()).toEqual([
    ...charged,
    ...['reversal.requested', 'reversal.refused', 'charge.reversed'],
  ]);
});

leakCheck();
