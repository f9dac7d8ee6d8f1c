import { Agent, request } from 'undici';
import { z } from 'zod';
import { PaymentRequestError, ProviderUnavailableError } from '../errors.ts';
import type { PaymentRecord, ProviderWire, RefundRecord, Refusal } from '../provider-wire.ts';

const entry = {
  id: z.string(),
  amount_cents: z.int(),
  currency: z.string(),
  reason: z.string().optional(),
  metadata: z.record(z.string(), z.string()),
  created_at: z.iso.datetime(),
  settled_at: z.iso.datetime().optional(),
};
const payment = z.object({ ...entry, status: z.enum(['succeeded', 'declined', 'pending']) });
const refund = z.object({ ...entry, status: z.enum(['succeeded', 'refused', 'pending']) });
const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item) }).transform(({ items }) => items);
const refusal = z.object({ code: z.string(), detail: z.string().optional() });

/** What the customer can change: another method, another currency. Everything else that is refused is our mistake. */
const declines: ReadonlySet<string> = new Set(['PAYMENT_METHOD_UNKNOWN', 'CURRENCY_NOT_SUPPORTED']);

/** The wire of `tools/payment-sandbox`: JSON over HTTP. */
export function createSandboxWire(options: { url: string }): ProviderWire {
  const name = 'sandbox';
  const agent = new Agent({ keepAliveTimeout: 10_000, pipelining: 1 });

  const call = async (method: 'GET' | 'POST', path: string, signal: AbortSignal, body?: unknown, key?: string) => {
    try {
      const answer = await request(new URL(path, options.url), {
        ...{ method, dispatcher: agent, signal },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
      });
      return { status: answer.statusCode, body: await answer.body.json() };
    } catch (error) {
      throw new ProviderUnavailableError(name, { cause: error });
    }
  };

  const ask = async <T>(schema: z.ZodType<T>, ...[method, path, signal, body, key]: Parameters<typeof call>) => {
    const answer = await call(method, path, signal, body, key);
    if (answer.status < 300) return read(schema, answer.body);
    const { code, detail } = refusal.catch({ code: `STATUS_${answer.status}` }).parse(answer.body);
    if (answer.status >= 500 || answer.status === 429) {
      throw new ProviderUnavailableError(name, { cause: new Error(`answered ${answer.status} ${code}`) });
    }
    return { status: 'refused', reason: code.toLowerCase(), detail: detail ?? code } as const;
  };

  const read = <T>(schema: z.ZodType<T>, body: unknown): T => {
    const result = schema.safeParse(body);
    if (result.success) return result.data;
    throw new ProviderUnavailableError(name, { cause: result.error });
  };

  return {
    name,
    async findPayments(chargeId, signal) {
      const query = new URLSearchParams({ charge_id: chargeId });
      return accepted(await ask(listOf(payment), 'GET', `/payments?${query}`, signal)).map(paymentRecordOf);
    },
    async createPayment(request, key, signal) {
      const { chargeId, accountId, amountCents, currency, paymentMethod } = request;
      const body = {
        ...{ amount_cents: amountCents, currency, payment_method: paymentMethod },
        metadata: { charge_id: chargeId, account_id: accountId },
      };
      const answer = await ask(payment, 'POST', '/payments', signal, body, key);
      if (!isRefusal(answer)) return paymentRecordOf(answer);
      return declines.has(answer.reason.toUpperCase()) ? answer : accepted(answer);
    },
    async readMetadata(reference, signal) {
      const answer = await ask(payment, 'GET', `/payments/${encodeURIComponent(reference)}`, signal);
      return isRefusal(answer) ? undefined : answer.metadata;
    },
    async findRefunds(reference, signal) {
      const path = `/payments/${encodeURIComponent(reference)}/refunds`;
      return accepted(await ask(listOf(refund), 'GET', path, signal)).map(refundRecordOf);
    },
    async createRefund(request, key, signal) {
      const { chargeId, accountId, reference, amountCents, attempt } = request;
      const metadata = { charge_id: chargeId, account_id: accountId, attempt: String(attempt) };
      const path = `/payments/${encodeURIComponent(reference)}/refunds`;
      const answer = await ask(refund, 'POST', path, signal, { amount_cents: amountCents, metadata }, key);
      return isRefusal(answer) ? answer : refundRecordOf(answer);
    },
    async ping(signal) {
      const { status } = await call('GET', '/health/live', signal);
      if (status !== 200) throw new ProviderUnavailableError(name);
    },
    close: () => agent.destroy(),
  };
}

type Refused = Refusal & { readonly detail: string };

function isRefusal(answer: object): answer is Refused {
  return 'detail' in answer;
}

function accepted<T extends object>(answer: T): Exclude<T, Refused> {
  if (isRefusal(answer)) throw new PaymentRequestError(answer.reason, answer.detail);
  return answer as Exclude<T, Refused>;
}

function paymentRecordOf(found: z.output<typeof payment>): PaymentRecord {
  return { ...recordOf(found), status: found.status, accountId: found.metadata['account_id'] };
}

function refundRecordOf(found: z.output<typeof refund>): RefundRecord {
  const attempt = Number(found.metadata['attempt']);
  return { ...recordOf(found), status: found.status, attempt: Number.isInteger(attempt) ? attempt : undefined };
}

function recordOf({
  id,
  amount_cents,
  currency,
  reason,
  created_at,
  settled_at,
}: z.output<typeof payment | typeof refund>) {
  return { reference: id, amountCents: amount_cents, currency, reason, at: new Date(settled_at ?? created_at) };
}
