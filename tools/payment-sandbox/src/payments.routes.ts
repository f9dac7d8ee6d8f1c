import { parse, problem } from '@atlas/platform';
import { Router, type Request } from 'express';
import { z } from 'zod';
import type { Counter, Wire } from './counter.ts';
import { type Ledger, OrderRefusedError } from './ledger.ts';
import type { Payment, Refund, StoredAnswer } from './ledger.domain.ts';

const metadata = z.record(z.string().max(40), z.string().max(500)).default({});
const amount = z.int().min(1).max(99_999_999);
/** As on Stripe, a code that ISO 4217 does not have is refused. */
const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

const paymentBody = z.strictObject({
  amount_cents: amount,
  currency: z.string().regex(/^[A-Z]{3}$/),
  payment_method: z.string().min(1).max(255),
  metadata,
});
const refundBody = z.strictObject({ amount_cents: amount.optional(), metadata });
const lookup = z.strictObject({ charge_id: z.string().min(1).max(128) });
const paymentId = z.strictObject({ id: z.string().max(64) });
const key = z.string().min(1).max(255);

const wire: Wire = {
  error: () => failure(500, 'PROVIDER_ERROR', 'Something went wrong here. The payment may have been made or not.'),
  throttled: () => failure(429, 'TOO_MANY_REQUESTS', 'Too many requests.', { 'retry-after': '1' }),
  otherQuestion: () => failure(422, 'IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key came with another request before.'),
};

/** The sandbox's own wire: `/payments` in JSON, with `Idempotency-Key`. */
export function paymentRoutes({ ledger, counter }: { ledger: Ledger; counter: Counter }): Router {
  const router = Router();

  router.post('/payments', (req, res) => {
    const { amount_cents, currency, payment_method, metadata } = parse(paymentBody, req.body, 'body');
    if (!currencies.has(currency)) throw problem(422, 'CURRENCY_NOT_SUPPORTED', `${currency} cannot be charged.`);
    const order = () => {
      const payment = ledger.pay({ amountCents: amount_cents, currency, paymentMethod: payment_method, metadata });
      return { status: 201, body: payment };
    };
    return counter.serve(wire, { req, res, key: keyOf(req), paymentMethod: payment_method, order: refusing(order) });
  });

  router.get('/payments', (req, res) => {
    const { charge_id } = parse(lookup, req.query, 'query');
    const order = () => ({
      status: 200,
      body: { items: ledger.paymentsWith('charge_id', charge_id).map(withRefunds(ledger)) },
    });
    return counter.serve(wire, { req, res, order });
  });

  router.get('/payments/:id', (req, res) => {
    const { id } = parse(paymentId, req.params, 'params');
    const order = () => {
      const payment = ledger.state.payments.get(id);
      if (payment) return { status: 200, body: withRefunds(ledger)(payment) };
      return failure(404, 'PAYMENT_NOT_FOUND', `There is no payment ${id}.`);
    };
    return counter.serve(wire, { req, res, order });
  });

  router.post('/payments/:id/refunds', (req, res) => {
    const { id } = parse(paymentId, req.params, 'params');
    const { amount_cents, metadata } = parse(refundBody, req.body, 'body');
    const order = () => ({ status: 201, body: ledger.refund({ paymentId: id, amountCents: amount_cents, metadata }) });
    return counter.serve(wire, { req, res, key: keyOf(req), order: refusing(order) });
  });

  router.get('/payments/:id/refunds', (req, res) => {
    const { id } = parse(paymentId, req.params, 'params');
    return counter.serve(wire, { req, res, order: () => ({ status: 200, body: { items: ledger.refundsOf(id) } }) });
  });

  return router;
}

/** An order that is refused is answered as a problem, and nothing is remembered under its key. */
function refusing(order: () => StoredAnswer): () => StoredAnswer {
  return () => {
    try {
      return order();
    } catch (error) {
      if (!(error instanceof OrderRefusedError)) throw error;
      throw problem(422, error.reason.toUpperCase(), error.message);
    }
  };
}

function withRefunds(ledger: Ledger): (payment: Payment) => Payment & { refunds: Refund[] } {
  return (payment) => ({ ...payment, refunds: ledger.refundsOf(payment.id) });
}

function keyOf(req: Request): string {
  const known = key.safeParse(req.get('idempotency-key'));
  if (known.success) return known.data;
  throw problem(400, 'IDEMPOTENCY_KEY_REQUIRED', 'Send an Idempotency-Key of 1 to 255 characters.');
}

function failure(status: number, code: string, detail: string, headers?: Record<string, string>): StoredAnswer {
  return { status, body: { type: 'about:blank', status, code, detail }, ...(headers ? { headers } : {}) };
}
