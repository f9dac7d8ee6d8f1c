import type { Payment, Refund } from './ledger.domain.ts';

/** The version of Stripe's API that these objects have the shape of: that of the `stripe` package we use. */
export const stripeApiVersion = '2026-10-28.endive';

/** A payment as Stripe shows it. `expandCharge` puts the charge in the place of its id. */
export function paymentIntentOf(payment: Payment, expandCharge = false): Record<string, unknown> {
  const charge = payment.status === 'succeeded' ? chargeOf(payment) : null;
  return {
    id: payment.id,
    object: 'payment_intent',
    amount: payment.amount_cents,
    amount_received: payment.status === 'succeeded' ? payment.amount_cents : 0,
    created: seconds(payment.created_at),
    currency: payment.currency.toLowerCase(),
    last_payment_error: payment.status === 'declined' ? cardErrorOf(payment) : null,
    latest_charge: expandCharge ? charge : (charge?.id ?? null),
    livemode: false,
    metadata: payment.metadata,
    // A declined intent waits for another payment method: that is how Stripe names it.
    status: { succeeded: 'succeeded', declined: 'requires_payment_method', pending: 'processing' }[payment.status],
  };
}

function chargeOf(payment: Payment) {
  const at = payment.settled_at ?? payment.created_at;
  return { id: payment.id.replace(/^pi_/, 'ch_'), object: 'charge', created: seconds(at), paid: true };
}

/** Why a payment was declined, as Stripe says it: the bank's word is the `decline_code`. */
export function cardErrorOf({ reason = 'generic_decline' }: Payment): Record<string, string> {
  const code = reason === 'expired_card' || reason === 'authentication_required' ? reason : 'card_declined';
  return {
    type: 'card_error',
    code,
    ...(code === 'card_declined' ? { decline_code: reason } : {}),
    message: `Your card was declined: ${reason.replaceAll('_', ' ')}.`,
  };
}

/** A refund as Stripe shows it. */
export function refundOf(refund: Refund): Record<string, unknown> {
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount_cents,
    created: seconds(refund.created_at),
    currency: refund.currency.toLowerCase(),
    metadata: refund.metadata,
    payment_intent: refund.payment_id,
    status: refund.status === 'refused' ? 'failed' : refund.status,
    ...(refund.status === 'refused' ? { failure_reason: refund.reason } : {}),
  };
}

/** A page of a list or of search results. */
export function listOf(data: unknown[], kind: 'list' | 'search_result' = 'list'): Record<string, unknown> {
  return { object: kind, data, has_more: false, url: '/v1', ...(kind === 'search_result' ? { next_page: null } : {}) };
}

/** What Stripe tells by webhook when an entry has changed; undefined where it would be silent. */
export function eventOf(
  entry: Payment | Refund,
  id: string,
  at: Date,
): { type: string; [field: string]: unknown } | undefined {
  const type = eventTypeOf(entry);
  if (type === undefined) return undefined;
  const object = 'payment_id' in entry ? refundOf(entry) : paymentIntentOf(entry);
  return {
    id: `evt_${id}`,
    object: 'event',
    api_version: stripeApiVersion,
    created: Math.floor(at.getTime() / 1000),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: null,
    type,
  };
}

function eventTypeOf(entry: Payment | Refund): string | undefined {
  if ('payment_id' in entry) return entry.status === 'refused' ? 'refund.failed' : 'refund.updated';
  if (entry.status === 'pending') return 'payment_intent.processing';
  return entry.status === 'succeeded' ? 'payment_intent.succeeded' : 'payment_intent.payment_failed';
}

function seconds(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000);
}
