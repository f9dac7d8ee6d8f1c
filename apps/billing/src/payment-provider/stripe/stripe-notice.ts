import { z } from 'zod';
import type { LateResult } from '../payment-provider.ts';
import { declineReason } from '../records.ts';
import { paymentIntent, paymentRecordOf, refund, refundRecordOf } from './stripe-objects.ts';

/** What every event of Stripe has (https://docs.stripe.com/api/events/object); its object depends on the type. */
export const stripeEvent = z.object({
  id: z.string().min(1).max(128),
  object: z.literal('event'),
  type: z.string(),
  created: z.int(),
  data: z.object({ object: z.unknown() }),
});
export type StripeEvent = z.output<typeof stripeEvent>;

/**
 * A refund that somebody made by hand, in Stripe's dashboard: it does not say of which charge, but of which payment.
 */
export type UnclaimedRefund = Omit<Extract<LateResult, { about: 'refund' }>, 'about' | 'chargeId' | 'accountId'> & {
  readonly about: 'unclaimed refund';
  readonly byHand: true;
  readonly payment: string;
};

/**
 * The result that an event tells us; undefined for an event that tells none, or about money that is not Atlas's (other
 * software may use the same account). Throws ZodError when a known event has another shape than we know.
 */
export function resultIn(event: StripeEvent): LateResult | UnclaimedRefund | undefined {
  if (event.type.startsWith('payment_intent.')) return lateCharge(event);
  if (event.type === 'charge.refund.updated' || event.type.startsWith('refund.')) return lateRefund(event);
  return undefined;
}

function lateCharge(event: StripeEvent): LateResult | undefined {
  const intent = paymentIntent.parse(event.data.object);
  const subject = subjectOf(intent.metadata);
  const record = paymentRecordOf(intent, new Date(event.created * 1000));
  if (!subject || !record || record.status === 'pending') return undefined;
  const { reference, reason, at } = record;
  const result =
    record.status === 'succeeded'
      ? { outcome: 'succeeded' as const, reference, chargedAt: at }
      : { outcome: 'declined' as const, reason: declineReason(reason) };
  return { about: 'charge', ...subject, ...moneyOf(event, intent), result };
}

function lateRefund(event: StripeEvent): LateResult | UnclaimedRefund | undefined {
  const object = refund.parse(event.data.object);
  const { status, reference, reason = 'refund_refused', at } = refundRecordOf(object);
  if (status === 'pending') return undefined;
  const result =
    status === 'succeeded'
      ? { outcome: 'refunded' as const, reference, refundedAt: at }
      : { outcome: 'refused' as const, reason, reference };
  const told = { ...moneyOf(event, object), result };
  const subject = subjectOf(object.metadata);
  if (subject) return { about: 'refund', ...subject, ...told };
  if (!object.payment_intent) return undefined;
  return { about: 'unclaimed refund', byHand: true, payment: object.payment_intent, ...told };
}

function moneyOf({ id: noticeId }: StripeEvent, { amount, currency }: { amount: number; currency: string }) {
  return { amountCents: amount, currency: currency.toUpperCase(), noticeId };
}

function subjectOf(metadata: z.output<typeof refund>['metadata']) {
  const { charge_id: chargeId, account_id: accountId } = metadata ?? {};
  return chargeId && accountId ? { chargeId, accountId } : undefined;
}
