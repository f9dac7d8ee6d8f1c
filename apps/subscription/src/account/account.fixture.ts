import { endOfPeriod } from '../plans/period.domain.ts';
import { plans } from '../plans/plans.domain.ts';
import type { AccountEvent, Person } from './account.domain.ts';
import type { PaidCharge } from './activation.domain.ts';

export const ada: Person = { userId: 'u-ada', email: 'ada@example.com' };

/** So many minutes, and seconds, after eight o'clock on the day on which all of this happens. */
export const at = (minute: number, second = 0): string =>
  new Date(Date.UTC(2026, 10, 22, 8, minute, second)).toISOString();

/** A charge for a plan at its price in euros; asked for in that minute, taken 5 s later. */
export function charge(chargeId: string, planId: string, minute: number): PaidCharge {
  return {
    chargeId,
    accountId: 'acc',
    planId,
    amountCents: plans.find((plan) => plan.planId === planId)?.prices['EUR'] ?? 100,
    currency: 'EUR',
    payer: ada,
    requestedAt: at(minute),
    chargedAt: at(minute, 5),
  };
}

/** The charge became a subscription, or paid one that there was; `renewedPriceCents` is the price of a renewed plan before. */
export function activated(paid: PaidCharge, subscriptionId = 'sub_1', renewedPriceCents?: number): AccountEvent {
  return {
    type: 'subscription.activated',
    payload: {
      subscription_id: subscriptionId,
      account_id: paid.accountId,
      plan_id: paid.planId,
      charge_id: paid.chargeId,
      price_cents: paid.amountCents,
      ...(renewedPriceCents !== undefined && { previous_price_cents: renewedPriceCents }),
      currency: paid.currency,
      interval: 'month',
      period_start: paid.chargedAt,
      period_end: endOfPeriod(new Date(paid.chargedAt), 'month').toISOString(),
      user_id: paid.payer.userId,
      user_email: paid.payer.email,
      requested_at: paid.requestedAt,
    },
  };
}

/** Its owner cancelled the subscription to this plan. */
export function cancelled(planId: string, minute: number): AccountEvent {
  return {
    type: 'subscription.changed',
    payload: {
      subscription_id: 'sub_1',
      account_id: 'acc',
      status: 'cancelled',
      from_plan_id: planId,
      to_plan_id: null,
      from_price_cents: plans.find((plan) => plan.planId === planId)!.prices['EUR']!,
      to_price_cents: 0,
      currency: 'EUR',
      interval: 'month',
      from_interval: 'month',
      user_id: ada.userId,
      user_email: ada.email,
      changed_at: at(minute),
    },
  };
}

export const suspended: AccountEvent = {
  type: 'account.suspended',
  payload: { reason: 'chargebacks', suspended_at: at(0), by: 'u-operator' },
};

/** So many users. */
export const seat = (users: number): AccountEvent[] =>
  Array.from({ length: users }, (_, n) => ({
    type: 'seat.taken',
    payload: { user_id: `u-${n}`, user_email: `u-${n}@example.com` },
  }));
