import { z } from 'zod';
import type { PaymentRecord, RefundRecord } from '../provider-wire.ts';

const metadata = z.record(z.string(), z.string()).nullish();
const error = z.object({ code: z.string().nullish(), decline_code: z.string().nullish() });

/**
 * What we read of a PaymentIntent, from an answer or a webhook. An endpoint may send another version of the API than our client
 * speaks, so that it is parsed like everything that comes from outside.
 */
export const paymentIntent = z.object({
  id: z.string(),
  amount: z.int(),
  currency: z.string(),
  created: z.int(),
  status: z.string(),
  last_payment_error: error.nullish(),
  /** Its id, or the charge itself where it was asked for. */
  latest_charge: z.union([z.string(), z.object({ created: z.int() })]).nullish(),
  metadata,
});

export const refund = z.object({
  id: z.string(),
  amount: z.int(),
  currency: z.string(),
  created: z.int(),
  status: z.string().nullish(),
  failure_reason: z.string().nullish(),
  payment_intent: z.string().nullish(),
  metadata,
});

export type PaymentIntent = z.output<typeof paymentIntent>;
export type Refund = z.output<typeof refund>;

/**
 * A PaymentIntent in our words; undefined when nothing has been tried with it, and so no money can have moved: it was made but
 * never confirmed, or it waits for its customer. `endedAt` is when it came to its end, where that is known from elsewhere.
 */
export function paymentRecordOf(intent: PaymentIntent, endedAt?: Date): PaymentRecord | undefined {
  const status = statusOf(intent);
  if (status === undefined) return undefined;
  const { latest_charge: charge, last_payment_error: failed } = intent;
  const created = typeof charge === 'object' && charge !== null ? charge.created : intent.created;
  return {
    reference: intent.id,
    status,
    ...(status === 'declined' ? { reason: declineWord(failed) ?? intent.status } : {}),
    amountCents: intent.amount,
    currency: intent.currency.toUpperCase(),
    accountId: intent.metadata?.['account_id'],
    at: endedAt ?? new Date(created * 1000),
  };
}

/** https://docs.stripe.com/payments/paymentintents/lifecycle */
function statusOf({ status, last_payment_error }: PaymentIntent): PaymentRecord['status'] | undefined {
  if (status === 'succeeded') return 'succeeded';
  if (status === 'processing' || status === 'requires_capture') return 'pending';
  if (status === 'canceled') return 'declined';
  return last_payment_error ? 'declined' : undefined;
}

/** The bank's word where there is one: `insufficient_funds` says more than `card_declined`. */
export function declineWord(failed: z.output<typeof error> | null | undefined): string | undefined {
  // The client makes an absent decline code an empty one.
  return failed?.decline_code || failed?.code || undefined;
}

/** A refund in our words (https://docs.stripe.com/api/refunds/object#refund_object-status). */
export function refundRecordOf(refund: Refund): RefundRecord {
  const attempt = Number(refund.metadata?.['attempt']);
  const failed = refund.status === 'failed' || refund.status === 'canceled';
  return {
    reference: refund.id,
    status: refund.status === 'succeeded' ? 'succeeded' : failed ? 'refused' : 'pending',
    ...(failed ? { reason: refund.failure_reason ?? `refund_${refund.status}` } : {}),
    amountCents: refund.amount,
    currency: refund.currency.toUpperCase(),
    attempt: Number.isInteger(attempt) ? attempt : undefined,
    at: new Date(refund.created * 1000),
  };
}
