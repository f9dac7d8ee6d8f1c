import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import fc from 'fast-check';
import { startSystem, type System } from '../src/index.ts';
import { type Customer, disagreements, openCustomer, readBooks } from './checkout-books.ts';
import { deadLetters, messagesIn } from './shop.ts';

const checkouts = 200;
const tenants = 20;
const inFlight = 10;
const killsPerReplica = 3;
const victims = ['billing-1', 'billing-2', 'subscription-1', 'subscription-2'];

const plans = ['starter', 'team', 'business', 'classic'] as const;
/** What a customer pays with; most payments go well by themselves. */
const methods = [
  ...Array.from({ length: 12 }, () => 'pm_card_visa'),
  'pm_card_declined',
  'pm_card_insufficient_funds',
  'pm_card_timeout_then_success',
  'pm_card_error_then_success',
  'pm_card_refund_refused_once',
  'pm_usBankAccount_success',
] as const;

describe('billing and subscription killed with SIGKILL at random moments, a provider that fails one call in five', () => {
  let system: System;

  beforeAll(async () => {
    const dir = mkdtempSync(join(tmpdir(), 'atlas-checkouts-'));
    system = await startSystem({
      ...{ dir, mode: 'test', temporary: true, visibilityTimeoutSeconds: 5 },
      replicas: { billing: 2, subscription: 2 },
      env: {
        ...{ OUTBOX_LEASE_SECONDS: '3', PAYMENT_TIMEOUT_MS: '1000', PAYMENT_PENDING_SECONDS: '5' },
        // Refused refunds are tried again, and none is given up: parking is another test's.
        ...{ REVERSAL_RETRY_SECONDS: '1', REVERSAL_ATTEMPTS: '20' },
      },
    });
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  test(`${checkouts} checkouts: ledger, event store and subscriptions agree to the cent`, async () => {
    const customers = await inLanes(4, tenants, (number) => openCustomer(system.env, `customer-${number}`));
    await behaviour({ failure_rate: 0.2 });
    const [wishes] = fc.sample(
      fc.array(fc.record({ plan: fc.constantFrom(...plans), method: fc.constantFrom(...methods) }), {
        minLength: checkouts,
        maxLength: checkouts,
      }),
      1,
    );
    const killing = killAtRandom();
    const asked = await inLanes(inFlight, checkouts, (number) =>
      customers[number % tenants]!.checkout(String(number), wishes![number]!),
    );
    const kills = await killing;
    await eventually(async () => expect(await openCharges(customers)).toEqual([]), {
      timeoutMs: 150_000,
      everyMs: 500,
    });
    await behaviour({ failure_rate: 0 });
    await eventually(async () => expect(await messagesIn(system.env)).toBe(0), { timeoutMs: 60_000, everyMs: 250 });

    const { charges, versions, chargedTwice, totals } = await readBooks(system.env, customers);
    console.info(`kills ${kills}`, totals, Object.fromEntries(countBy(charges.map(({ status = '?' }) => status))));
    expect(kills).toBe(victims.length * killsPerReplica);
    expect(charges.flatMap(disagreements)).toEqual([]);
    expect(charges.map(({ chargeId }) => chargeId).sort()).toEqual([...asked].sort());
    expect(new Set(asked).size).toBe(checkouts);
    expect(chargedTwice).toEqual([]);
    for (const stream of versions) expect(stream).toEqual(stream.map((_, index) => index + 1));
    expect(await subscriptionsUnpaid(customers)).toEqual([]);
    expect(await deadLetters(system.env)).toBe(0);
  }, 400_000);

  /** Each victim so many times, whatever the others do: now and then nobody of a service is left. How often it has worked. */
  async function killAtRandom(): Promise<number> {
    const pauses = fc.array(fc.integer({ min: 100, max: 3_000 }), {
      minLength: killsPerReplica,
      maxLength: killsPerReplica,
    });
    const lanes = victims.map(async (victim) => {
      let kills = 0;
      for (const pauseMs of fc.sample(pauses, 1).flat()) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        // A process that is down cannot be killed: it is killed again as soon as it answers.
        await system.ready(victim, 60_000);
        if (system.kill(victim)) kills += 1;
      }
      return kills;
    });
    return (await Promise.all(lanes)).reduce((all, kills) => all + kills, 0);
  }

  /** What is not final yet, asked of whoever is alive. */
  async function openCharges(customers: readonly Customer[]): Promise<string[]> {
    const final = ['confirmed', 'reversed', 'failed'];
    const lists = customers.map(({ client }) => client.send({ method: 'GET', path: '/billing/charges?limit=100' }));
    const items = (await Promise.all(lists)).flatMap(
      ({ body }) => body.items as { charge_id: string; status: string }[],
    );
    return items
      .filter(({ status }) => !final.includes(status))
      .map(({ charge_id, status }) => `${charge_id} ${status}`);
  }

  /** Active subscriptions that are not paid by a confirmed charge of the same amount. */
  async function subscriptionsUnpaid(customers: readonly Customer[]): Promise<string[]> {
    const wrong = customers.map(async ({ accountId, client }) => {
      const { status, body } = await client.send({ method: 'GET', path: '/subscriptions/current' });
      if (status === 404) return [];
      const charge = await client.send({ method: 'GET', path: `/billing/charges/${body.charge_id}` });
      const isPaid = charge.body.status === 'confirmed' && charge.body.amount_cents === body.price_cents;
      return body.status === 'active' && isPaid ? [] : [`${accountId} ${JSON.stringify([body, charge.body])}`];
    });
    return (await Promise.all(wrong)).flat();
  }

  async function behaviour(change: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const url = `${system.env['PAYMENT_SANDBOX_URL']}/behaviour`;
    expect((await fetch(url, { method: 'POST', headers, body: JSON.stringify(change) })).status).toBe(200);
  }
});

/** Runs `count` pieces of work, so many at a time; the results in the order of their numbers. */
async function inLanes<T>(lanes: number, count: number, work: (number: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  const numbers = Array.from({ length: count }, (_, index) => index).values();
  const lane = async () => {
    for (const number of numbers) results[number] = await work(number);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

function countBy(words: readonly string[]): Map<string, number> {
  return new Map([...Map.groupBy(words, (word) => word)].map(([word, those]) => [word, those.length]));
}
