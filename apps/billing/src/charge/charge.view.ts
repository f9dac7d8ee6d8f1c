import type { Charge } from './charge.domain.ts';
import type { OpenCharge } from './open-charge-item.ts';

/** A charge as its account sees it; the payment method and the provider's references are not shown. */
export function presentCharge(charge: Charge, unresolved: boolean) {
  return {
    charge_id: charge.chargeId,
    status: charge.status,
    unresolved,
    plan_id: charge.planId,
    amount_cents: charge.amountCents,
    currency: charge.currency,
    requested_by: charge.userId,
    requested_at: charge.requestedAt,
    charged_at: 'chargedAt' in charge ? charge.chargedAt : null,
    subscription_id: charge.status === 'confirmed' ? charge.subscriptionId : null,
    reversed_at: charge.status === 'reversed' ? charge.reversedAt : null,
    /** Why it failed, or is given back. */
    reason: 'reason' in charge ? charge.reason : null,
    /** How often the provider has refused to give the money back, and its last word for why. */
    refusals: 'refusals' in charge ? charge.refusals : 0,
    last_refusal: ('lastRefusal' in charge ? charge.lastRefusal : undefined) ?? null,
  };
}

/** An open charge as an operator sees it, with the account and the money named. */
export function presentOpenCharge(charge: OpenCharge) {
  return {
    account_id: charge.accountId,
    charge_id: charge.chargeId,
    status: charge.status,
    since: charge.since,
    plan_id: charge.planId,
    amount_cents: charge.amountCents,
    currency: charge.currency,
    requested_by: charge.userId,
    requested_at: charge.requestedAt,
    reason: charge.reason ?? null,
    refusals: charge.refusals ?? 0,
    last_refusal: charge.lastRefusal ?? null,
    correlation_id: charge.correlationId,
  };
}
