import {
  createHttpServer,
  createLogger,
  createMetrics,
  createRedis,
  notFoundHandler,
  problemHandler,
} from '@atlas/platform';
import { leakCheck, stackVariable, testPrefix } from '@atlas/testing';
import express from 'express';
import Stripe from 'stripe';
import { ProviderUnavailableError } from '../errors.ts';
import type { LateResult, PaymentProvider } from '../payment-provider.ts';
import { createReplayGuard } from './replay-guard.ts';
import { type Settled, signatureToleranceMs, stripeWebhookRoutes } from './stripe-webhook.routes.ts';

const secret = 'whsec_the-secret-of-today';
const oldSecret = 'whsec_the-secret-of-yesterday';
const now = Date.parse('2026-11-22T10:00:00Z');
const logger = createLogger({ service: 'billing', level: 'silent' });
const prefix = testPrefix();
const redis = createRedis({ url: stackVariable('REDIS_URL'), logger, name: 'billing' });
const settle = jest.fn<Promise<Settled>, [LateResult]>();
const chargeOf = jest.fn<ReturnType<PaymentProvider['chargeOf']>, [string]>();
let url: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  const routes = stripeWebhookRoutes({
    ...{ secrets: [secret, oldSecret], settle, chargeOf, logger, now: () => now },
    replays: createReplayGuard({ redis, prefix, keptMs: 2 * signatureToleranceMs }),
    metrics: createMetrics({ service: 'billing', processMetrics: false }),
  });
  const app = express().use(routes, express.json(), notFoundHandler(), problemHandler(logger));
  const server = createHttpServer({ app, port: 0 });
  ({ url } = await server.start());
  stop = () => server.stop({ deadlineMs: 1_000 });
});
beforeEach(() => {
  settle.mockReset().mockResolvedValue('recorded');
  chargeOf.mockReset().mockResolvedValue(undefined);
});
afterAll(async () => {
  await stop();
  const keys = await redis.keys(`${prefix}:*`);
  if (keys.length > 0) await redis.del(...keys);
  await redis.quit();
});

let events = 0;
const metadata = { charge_id: 'ch_1', account_id: 'acc-1' };
const intent = {
  ...{
    id: 'pi_1',
    object: 'payment_intent',
    amount: 4900,
    currency: 'eur',
    created: now / 1000 - 60,
    status: 'succeeded',
  },
  ...{ last_payment_error: null, latest_charge: 'ch_stripe_1', metadata },
};
const eventOf = (type: string, object: unknown) => {
  events += 1;
  return { id: `evt_${events}`, object: 'event', type, created: now / 1000 - 1, data: { object } };
};
const sign = (payload: string, { at = now, by = secret } = {}) =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret: by, timestamp: Math.floor(at / 1000) });

async function deliver(payload: string, header: string | undefined = sign(payload)) {
  const answer = await fetch(`${url}/billing/webhooks/stripe`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(header === '' ? {} : { 'stripe-signature': header }) },
    body: payload,
  });
  const { code, outcome } = (await answer.json()) as { code?: string; outcome?: string };
  return [answer.status, code ?? outcome];
}
const succeeded = () => JSON.stringify(eventOf('payment_intent.succeeded', intent));

describe('a late result', () => {
  const chargeOfAcc1 = { about: 'charge', chargeId: 'ch_1', accountId: 'acc-1', amountCents: 4900, currency: 'EUR' };
  const failed = { ...intent, status: 'requires_payment_method' };
  const refund = { id: 're_1', object: 'refund', amount: 4900, currency: 'eur', created: now / 1000 - 5, metadata };

  it.each([
    [
      'payment_intent.succeeded',
      intent,
      { ...chargeOfAcc1, result: { outcome: 'succeeded', reference: 'pi_1', chargedAt: new Date(now - 1000) } },
    ],
    [
      'payment_intent.payment_failed',
      { ...failed, last_payment_error: { code: 'card_declined', decline_code: 'insufficient_funds' } },
      { ...chargeOfAcc1, result: { outcome: 'declined', reason: 'insufficient_funds' } },
    ],
    [
      'payment_intent.canceled',
      { ...intent, status: 'canceled' },
      { ...chargeOfAcc1, result: { outcome: 'declined', reason: 'canceled' } },
    ],
    [
      'refund.updated',
      { ...refund, status: 'succeeded' },
      {
        ...chargeOfAcc1,
        about: 'refund',
        result: { outcome: 'refunded', reference: 're_1', refundedAt: new Date(now - 5000) },
      },
    ],
    [
      'refund.failed',
      { ...refund, status: 'failed', failure_reason: 'lost_or_stolen_card' },
      {
        ...chargeOfAcc1,
        about: 'refund',
        result: { outcome: 'refused', reason: 'lost_or_stolen_card', reference: 're_1' },
      },
    ],
  ])('%s reaches the books', async (type, object, expected) => {
    const event = eventOf(type, object);
    expect(await deliver(JSON.stringify(event))).toEqual([200, 'recorded']);
    expect(settle.mock.calls).toEqual([[{ ...expected, noticeId: event.id }]]);
  });

  it.each([
    ['an event about something else', 'customer.created', { id: 'cus_1' }],
    ['money that is not ours', 'payment_intent.succeeded', { ...intent, metadata: {} }],
    ['a payment that has only begun', 'payment_intent.created', { ...failed, last_payment_error: null }],
    ['a payment that is still on its way', 'payment_intent.processing', { ...intent, status: 'processing' }],
    ['a refund that is still on its way', 'refund.updated', { ...refund, status: 'pending' }],
  ])('is not in %s: taken, and of no effect', async (_name, type, object) => {
    expect(await deliver(JSON.stringify(eventOf(type, object)))).toEqual([200, 'ignored']);
    expect(settle).not.toHaveBeenCalled();
  });

  const byHand = { ...refund, metadata: {}, payment_intent: 'pi_1', status: 'succeeded' };
  it('is a refund by hand as well: whose it is, the payment says', async () => {
    chargeOf.mockResolvedValue({ chargeId: 'ch_1', accountId: 'acc-1' });
    const event = eventOf('refund.created', byHand);
    expect(await deliver(JSON.stringify(event))).toEqual([200, 'recorded']);
    expect(chargeOf.mock.calls).toEqual([['pi_1']]);
    const result = { outcome: 'refunded', reference: 're_1', refundedAt: new Date(now - 5000) };
    expect(settle.mock.calls).toEqual([
      [{ ...chargeOfAcc1, about: 'refund', byHand: true, noticeId: event.id, result }],
    ]);
  });

  it('is a refund by hand that has failed: it may have been told as done', async () => {
    chargeOf.mockResolvedValue({ chargeId: 'ch_1', accountId: 'acc-1' });
    const object = { ...byHand, status: 'failed', failure_reason: 'lost_or_stolen_card' };
    const event = eventOf('refund.failed', object);
    expect(await deliver(JSON.stringify(event))).toEqual([200, 'recorded']);
    const result = { outcome: 'refused', reference: 're_1', reason: 'lost_or_stolen_card' };
    const late = { ...chargeOfAcc1, about: 'refund', byHand: true, noticeId: event.id, result };
    expect(settle.mock.calls).toEqual([[late]]);
  });

  it.each([
    ['of somebody else’s payment', byHand],
    ['of no payment', { ...byHand, payment_intent: null }],
  ])('is not in a refund by hand %s', async (_name, object) => {
    expect(await deliver(JSON.stringify(eventOf('refund.updated', object)))).toEqual([200, 'ignored']);
    expect(settle).not.toHaveBeenCalled();
  });

  it('whose payment cannot be asked for now is to come again', async () => {
    const body = JSON.stringify(eventOf('refund.created', byHand));
    chargeOf.mockRejectedValueOnce(new ProviderUnavailableError('stripe'));
    expect(await deliver(body)).toEqual([503, 'DEPENDENCY_UNAVAILABLE']);
    expect(await deliver(body)).toEqual([200, 'ignored']);
  });

  it.each(['known', 'unknown_charge'] as const)(
    'that is %s to the books is taken, so that Stripe is content',
    async (outcome) => {
      settle.mockResolvedValue(outcome);
      expect(await deliver(succeeded())).toEqual([200, outcome]);
    },
  );

  it('is taken when it was signed with the secret that is being rolled out', async () => {
    const body = succeeded();
    expect(await deliver(body, sign(body, { by: oldSecret }))).toEqual([200, 'recorded']);
  });
});

describe('what is not from Stripe is refused, and nothing is stored', () => {
  afterEach(() => expect(settle).not.toHaveBeenCalled());
  const body = succeeded();
  const forged = sign(body, { by: 'whsec_of-somebody-else-entirely' });
  const stale = now - signatureToleranceMs - 1000;

  it.each([
    ['no signature', '', 'WEBHOOK_SIGNATURE_MISSING'],
    ['no time', sign(body).replace(/^t=\d+,/, ''), 'WEBHOOK_SIGNATURE_MISSING'],
    ['two times', `${sign(body)},t=${now / 1000}`, 'WEBHOOK_SIGNATURE_MISSING'],
    ['a time that is none', sign(body).replace(/^t=\d+/, 't=NaN'), 'WEBHOOK_SIGNATURE_MISSING'],
    ['a forged signature', forged, 'WEBHOOK_SIGNATURE_INVALID'],
    ['no signature of the scheme', sign(body).replace('v1=', 'v0='), 'WEBHOOK_SIGNATURE_INVALID'],
    ['the signature of another body', sign(succeeded()), 'WEBHOOK_SIGNATURE_INVALID'],
    ['a time that was changed', sign(body).replace(/^t=\d+/, `t=${now / 1000 + 1}`), 'WEBHOOK_SIGNATURE_INVALID'],
    ['a signature from long ago', sign(body, { at: stale }), 'WEBHOOK_TOO_OLD'],
    ['a signature from the future', sign(body, { at: now + signatureToleranceMs + 1000 }), 'WEBHOOK_TOO_OLD'],
  ])('%s', async (_name, header, code) => {
    expect(await deliver(body, header)).toEqual([400, code]);
  });

  it.each([
    ['no JSON', 'amount=4900'],
    ['nothing', ' '],
    ['no event', JSON.stringify({ hello: 'world' })],
    ['null', 'null'],
    [
      'an event whose object is not what its type says',
      JSON.stringify(eventOf('payment_intent.succeeded', { id: 'pi_1' })),
    ],
    ['part of a cent', JSON.stringify(eventOf('payment_intent.succeeded', { ...intent, amount: 49.5 }))],
  ])('signed, but %s', async (_name, payload) => {
    expect(await deliver(payload)).toEqual([400, 'WEBHOOK_MALFORMED']);
  });

  it('more than any event has', async () => {
    expect(await deliver('x'.repeat(300_000))).toEqual([413, 'BODY_TOO_LARGE']);
  });
});

describe('a webhook that comes again', () => {
  it('byte for byte is a replay, also with a signature more in its header', async () => {
    const body = succeeded();
    const header = sign(body);
    expect(await deliver(body, header)).toEqual([200, 'recorded']);
    expect(await deliver(body, header)).toEqual([409, 'WEBHOOK_REPLAYED']);
    expect(await deliver(body, `${header},v1=${'0'.repeat(64)}`)).toEqual([409, 'WEBHOOK_REPLAYED']);
    expect(settle).toHaveBeenCalledTimes(1);
  });

  it('byte for byte, ten times at once, has one effect', async () => {
    const body = succeeded();
    const header = sign(body);
    const answers = await Promise.all(Array.from({ length: 10 }, () => deliver(body, header)));
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1);
    expect(answers.filter(([status]) => status === 409)).toHaveLength(9);
    expect(settle).toHaveBeenCalledTimes(1);
  });

  it('signed anew is Stripe’s own second delivery: the books are asked with the same notice', async () => {
    const body = succeeded();
    settle.mockResolvedValueOnce('recorded').mockResolvedValueOnce('known');
    expect(await deliver(body, sign(body))).toEqual([200, 'recorded']);
    expect(await deliver(body, sign(body, { at: now + 1000 }))).toEqual([200, 'known']);
    const [first, second] = settle.mock.calls.map(([late]) => late);
    expect(second).toEqual(first);
  });

  it('after a failure of ours is no replay', async () => {
    const body = succeeded();
    settle.mockRejectedValueOnce(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    expect(await deliver(body, sign(body))).toEqual([503, 'DEPENDENCY_UNAVAILABLE']);
    expect(await deliver(body, sign(body))).toEqual([200, 'recorded']);
  });
});

leakCheck();
