import { Router, type RequestHandler, urlencoded } from 'express';
import { z } from 'zod';
import type { Counter, Wire } from './counter.ts';
import { send } from './counter.ts';
import { type Ledger, OrderRefusedError } from './ledger.ts';
import type { StoredAnswer } from './ledger.domain.ts';
import { cardErrorOf, listOf, paymentIntentOf, refundOf } from './stripe-objects.ts';

const amount = z.coerce.number().int().min(1).max(99_999_999);
const metadata = z.record(z.string(), z.string()).default({});
const expand = z.array(z.string()).default([]);
const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency').map((code) => code.toLowerCase()));

const intentBody = z.object({
  amount,
  currency: z.string().refine((code) => currencies.has(code), 'Invalid currency'),
  payment_method: z.string().min(1),
  confirm: z.literal('true', 'This sandbox confirms a payment when it is created: pass confirm=true'),
  metadata,
  expand,
});
const refundBody = z.object({ payment_intent: z.string().min(1), amount: amount.optional(), metadata });
const searchQuery = z.object({
  query: z.string().regex(/^metadata\['[\w-]+'\]:'[\w-]+'$/, 'Only metadata can be searched for'),
});
const listQuery = z.object({ payment_intent: z.string().min(1).optional() });

const wire: Wire = {
  error: () => stripeError(500, { type: 'api_error', message: 'An unknown error occurred.' }),
  throttled: () =>
    stripeError(429, { type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.' }),
  otherQuestion: () =>
    stripeError(400, {
      type: 'idempotency_error',
      message: 'Keys for idempotent requests can only be used with the same parameters they were first used with.',
    }),
};

/** What Stripe's words are for a refusal of our ledger. */
const refusals: Record<string, { status: number; code: string; param?: string }> = {
  payment_method_unknown: { status: 400, code: 'resource_missing', param: 'payment_method' },
  payment_not_found: { status: 404, code: 'resource_missing', param: 'payment_intent' },
  already_refunded: { status: 400, code: 'charge_already_refunded' },
};

/**
 * The part of Stripe's API (form bodies, its errors and idempotency) that charges and refunds need, over the same ledger: so the
 * official client, and an adapter built on it, can be tried over a real wire. What it does not know is a 404.
 */
export function stripeRoutes({ ledger, counter }: { ledger: Ledger; counter: Counter }): Router {
  const router = Router();
  router.use(requireSecretKey, urlencoded({ extended: true }));

  router.post('/payment_intents', (req, res) => {
    const body = intentBody.safeParse(req.body ?? {});
    if (!body.success) return send(res, invalid(body.error));
    const { amount, currency, payment_method, metadata, expand } = body.data;
    const order = () => {
      const money = { amountCents: amount, currency: currency.toUpperCase() };
      const payment = ledger.pay({ ...money, paymentMethod: payment_method, metadata });
      const intent = paymentIntentOf(payment, expand.includes('latest_charge'));
      if (payment.status !== 'declined') return { status: 200, body: intent };
      return stripeError(402, { ...cardErrorOf(payment), payment_intent: intent });
    };
    return refusing(res, () =>
      counter.serve(wire, { req, res, key: req.get('idempotency-key'), paymentMethod: payment_method, order }),
    );
  });

  router.get('/payment_intents/search', (req, res) => {
    const query = searchQuery.safeParse(req.query);
    if (!query.success) return send(res, invalid(query.error));
    const [, name = '', value = ''] = /^metadata\['(.+)'\]:'(.+)'$/.exec(query.data.query) ?? [];
    const found = () => ledger.paymentsWith(name, value).map((payment) => paymentIntentOf(payment, true));
    return counter.serve(wire, { req, res, order: () => ({ status: 200, body: listOf(found(), 'search_result') }) });
  });

  router.get('/payment_intents/:id', (req, res) => {
    const order = () => {
      const payment = ledger.state.payments.get(req.params.id);
      if (payment) return { status: 200, body: paymentIntentOf(payment) };
      const message = `No such payment_intent: '${req.params.id}'`;
      return stripeError(404, { type: 'invalid_request_error', code: 'resource_missing', param: 'intent', message });
    };
    return counter.serve(wire, { req, res, order });
  });

  router.get('/payment_intents', (req, res) => {
    const newest = () => [...ledger.state.payments.values()].slice(-1).map((payment) => paymentIntentOf(payment));
    return counter.serve(wire, { req, res, order: () => ({ status: 200, body: listOf(newest()) }) });
  });

  router.post('/refunds', (req, res) => {
    const body = refundBody.safeParse(req.body ?? {});
    if (!body.success) return send(res, invalid(body.error));
    const { payment_intent, amount, metadata } = body.data;
    const order = () => {
      // A refusal is a refund that has failed: it is listed, and told by webhook under the same id.
      const refund = ledger.refund({ paymentId: payment_intent, amountCents: amount, metadata });
      return { status: 200, body: refundOf(refund) };
    };
    return refusing(res, () => counter.serve(wire, { req, res, key: req.get('idempotency-key'), order }));
  });

  router.get('/refunds', (req, res) => {
    const query = listQuery.safeParse(req.query);
    if (!query.success) return send(res, invalid(query.error));
    const { payment_intent: paymentId } = query.data;
    const found = () => (paymentId === undefined ? [...ledger.state.refunds.values()] : ledger.refundsOf(paymentId));
    const order = () => ({ status: 200, body: listOf(found().reverse().map(refundOf)) });
    return counter.serve(wire, { req, res, order });
  });

  router.use((req, res) => {
    const message = `Unrecognized request URL (${req.method}: ${req.baseUrl}${req.path}).`;
    send(res, stripeError(404, { type: 'invalid_request_error', message }));
  });
  return router;
}

const requireSecretKey: RequestHandler = (req, res, next) => {
  res.set('request-id', `req_${Date.now().toString(36)}`);
  if (/^Bearer (sk|rk)_test_\w+$/.test(req.get('authorization') ?? '')) return next();
  send(
    res,
    stripeError(401, {
      type: 'invalid_request_error',
      message: 'Invalid API Key provided: a key for tests begins with sk_test_.',
    }),
  );
};

/** A refused order is an error of the caller, which Stripe does not keep under the key. */
async function refusing(res: Parameters<typeof send>[0], serve: () => Promise<void>): Promise<void> {
  try {
    await serve();
  } catch (error) {
    if (!(error instanceof OrderRefusedError)) throw error;
    const { status, ...words } = refusals[error.reason] ?? { status: 400, code: error.reason };
    send(res, stripeError(status, { type: 'invalid_request_error', ...words, message: error.message }));
  }
}

function invalid(error: z.ZodError): StoredAnswer {
  const [issue] = error.issues;
  const param = issue?.path.join('.') ?? '';
  return stripeError(400, {
    type: 'invalid_request_error',
    code: 'parameter_invalid',
    param,
    message: issue?.message ?? '',
  });
}

function stripeError(status: number, error: Record<string, unknown>): StoredAnswer {
  return { status, body: { error } };
}
