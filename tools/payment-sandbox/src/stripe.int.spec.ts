import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'node:http';
import { eventually, leakCheck } from '@atlas/testing';
import Stripe from 'stripe';
import { startSandbox } from '../test/sandbox-under-test.ts';

const secret = 'whsec_c2VjcmV0LW9mLXRoZS1zYW5kYm94';
const agent = new Agent({ keepAlive: true });
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let stripe: Stripe;
beforeEach(async () => {
  sandbox = await startSandbox();
  stripe = client(sandbox.url);
});
afterEach(() => sandbox.stop());
afterAll(() => agent.destroy());

function client(url: string, key = 'sk_test_atlas'): Stripe {
  const { hostname, port } = new URL(url);
  const options = { host: hostname, port, protocol: 'http', maxNetworkRetries: 0, telemetry: false } as const;
  return new Stripe(key, { ...options, httpAgent: agent });
}

const charge = (paymentMethod = 'pm_card_visa', key = 'ch_1') =>
  stripe.paymentIntents.create(
    {
      amount: 4900,
      currency: 'eur',
      payment_method: paymentMethod,
      confirm: true,
      metadata: { charge_id: key },
      expand: ['latest_charge'],
    },
    { idempotencyKey: key },
  );

it('serves the official client: intents, search, refunds', async () => {
  const intent = await charge();
  expect(intent).toMatchObject({
    amount: 4900,
    currency: 'eur',
    status: 'succeeded',
    latest_charge: { object: 'charge' },
  });
  expect((await charge()).id).toBe(intent.id);
  const found = await stripe.paymentIntents.search({ query: "metadata['charge_id']:'ch_1'" });
  expect(found.data.map(({ id }) => id)).toEqual([intent.id]);
  const refund = await stripe.refunds.create({ payment_intent: intent.id });
  expect(refund).toMatchObject({ status: 'succeeded', amount: 4900 });
  expect((await stripe.refunds.list({ payment_intent: intent.id })).data).toEqual([
    expect.objectContaining({ id: refund.id }),
  ]);
  await expect(stripe.refunds.create({ payment_intent: intent.id })).rejects.toMatchObject({
    code: 'charge_already_refunded',
  });
});

it('says what is wrong as Stripe does', async () => {
  const caught = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(await caught(charge('pm_card_insufficient_funds'))).toMatchObject({
    ...{ type: 'StripeCardError', code: 'card_declined', decline_code: 'insufficient_funds' },
    payment_intent: { status: 'requires_payment_method' },
  });
  expect(await caught(charge('pm_card_visa', 'ch_1'))).toMatchObject({ type: 'StripeIdempotencyError' });
  expect(await caught(charge('pm_nobody', 'ch_2'))).toMatchObject({
    code: 'resource_missing',
    param: 'payment_method',
  });
  const badCurrency = { amount: 1, currency: 'xqq', payment_method: 'pm_card_visa', confirm: true } as const;
  expect(await caught(stripe.paymentIntents.create(badCurrency))).toMatchObject({ param: 'currency' });
  const badKey = client(sandbox.url, 'sk_live_1').paymentIntents.list();
  expect(await caught(badKey)).toMatchObject({ type: 'StripeAuthenticationError' });
  await sandbox.behave({ fail_next: ['error', 'throttled'] });
  expect(await caught(charge('pm_card_visa', 'ch_3'))).toMatchObject({ type: 'StripeAPIError', statusCode: 500 });
  expect(await caught(charge('pm_card_visa', 'ch_3'))).toMatchObject({ type: 'StripeRateLimitError' });
});

it('tells an endpoint what happens, signed anew for every try, until it is taken', async () => {
  const arrived: { body: string; signature: string }[] = [];
  const receiver = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      arrived.push({ body: Buffer.concat(chunks).toString(), signature: String(req.headers['stripe-signature']) });
      res.writeHead(arrived.length === 1 ? 503 : 200, { connection: 'close' }).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const { port } = receiver.address() as AddressInfo;
  const told = await startSandbox({ webhook: { url: `http://127.0.0.1:${port}/`, secret } });
  try {
    await told.pay('ch_1');
    await eventually(() => expect(arrived).toHaveLength(2));
    const events = arrived.map(({ body, signature }) => stripe.webhooks.constructEvent(body, signature, secret));
    expect(events[0]).toMatchObject({
      type: 'payment_intent.succeeded',
      data: { object: { amount: 4900, metadata: { charge_id: 'ch_1' } } },
    });
    expect(events[1]).toEqual(events[0]);
  } finally {
    await told.stop();
    await new Promise((resolve) => receiver.close(resolve));
  }
});

leakCheck();
