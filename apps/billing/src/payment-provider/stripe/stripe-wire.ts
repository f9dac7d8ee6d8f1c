import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import Stripe from 'stripe';
import type { z } from 'zod';
import { ProviderUnavailableError } from '../errors.ts';
import type { ProviderWire } from '../provider-wire.ts';
import { failureOf, refusalOfCharge, refusalOfRefund } from './stripe-errors.ts';
import { paymentIntent, paymentRecordOf, refund, refundRecordOf } from './stripe-objects.ts';

export interface StripeWireOptions {
  readonly secretKey: string;
  /** Where Stripe is; absent: at Stripe. The sandbox speaks this wire too. */
  readonly url?: string | undefined;
  /** For one call. */
  readonly timeoutMs: number;
}

const name = 'stripe';
/** More refunds of one payment than anybody makes. */
const page = 100;

/**
 * Stripe, by its official client. A charge is a PaymentIntent that is confirmed at once; what would need its customer is declined
 * (`authentication_required`), because nobody sits in front of a saga.
 */
export function createStripeWire({ secretKey, url, timeoutMs }: StripeWireOptions): ProviderWire {
  const at = url === undefined ? undefined : new URL(url);
  const agent = at?.protocol === 'http:' ? new HttpAgent({ keepAlive: true }) : new HttpsAgent({ keepAlive: true });
  const stripe = new Stripe(secretKey, {
    // The client aborts by this limit; that it does not take a signal is the policy's to bear.
    timeout: timeoutMs,
    // Whether to call again is decided in one place, which also counts for the circuit.
    maxNetworkRetries: 0,
    telemetry: false,
    httpAgent: agent,
    appInfo: { name: 'atlas-billing' },
    ...(at ? { host: at.hostname, port: at.port, protocol: at.protocol === 'http:' ? 'http' : 'https' } : {}),
  });

  return {
    name,
    async findPayments(chargeId) {
      const query = `metadata['charge_id']:'${chargeId}'`;
      const search = { query, limit: page, expand: ['data.latest_charge'] };
      const { data } = await stripe.paymentIntents.search(search).catch(rethrow);
      return data.flatMap((intent) => paymentRecordOf(read(paymentIntent, intent)) ?? []);
    },
    async createPayment({ chargeId, accountId, amountCents, currency, paymentMethod }, idempotencyKey) {
      const params: Stripe.PaymentIntentCreateParams = {
        amount: amountCents,
        currency: currency.toLowerCase(),
        payment_method: paymentMethod,
        confirm: true,
        error_on_requires_action: true,
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        description: `Atlas, charge ${chargeId}`,
        metadata: { charge_id: chargeId, account_id: accountId },
        expand: ['latest_charge'],
      };
      try {
        const record = paymentRecordOf(
          read(paymentIntent, await stripe.paymentIntents.create(params, { idempotencyKey })),
        );
        if (record) return record;
      } catch (error) {
        return refusalOfCharge(error);
      }
      throw new ProviderUnavailableError(name, { cause: new Error('the payment was made, but not confirmed') });
    },
    async readMetadata(reference) {
      const intent = await stripe.paymentIntents.retrieve(reference).catch(undefinedIfMissing);
      return intent && (read(paymentIntent, intent).metadata ?? {});
    },
    async findRefunds(reference) {
      const { data } = await stripe.refunds.list({ payment_intent: reference, limit: page }).catch(rethrow);
      return data.map((found) => refundRecordOf(read(refund, found)));
    },
    async createRefund({ chargeId, accountId, reference, amountCents, attempt }, idempotencyKey) {
      const params: Stripe.RefundCreateParams = {
        payment_intent: reference,
        amount: amountCents,
        metadata: { charge_id: chargeId, account_id: accountId, attempt: String(attempt) },
      };
      try {
        return refundRecordOf(read(refund, await stripe.refunds.create(params, { idempotencyKey })));
      } catch (error) {
        return refusalOfRefund(error);
      }
    },
    async ping() {
      await stripe.paymentIntents.list({ limit: 1 }).catch(rethrow);
    },
    close: async () => agent.destroy(),
  };
}

function undefinedIfMissing(error: unknown): undefined {
  if (!(error instanceof Stripe.errors.StripeError) || error.code !== 'resource_missing') throw failureOf(error);
}

function rethrow(error: unknown): never {
  throw failureOf(error);
}

function read<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw new ProviderUnavailableError(name, { cause: result.error });
}
