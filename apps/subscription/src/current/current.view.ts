import type { Account, Subscription } from '../account/account.domain.ts';
import type { Plan } from '../plans/plans.domain.ts';

/** A subscription as the API shows it. `seats.limit` is null for a plan that this service does not know any more. */
export function subscriptionView(
  subscription: Subscription,
  { seatsTaken, suspension }: Account,
  plans: readonly Plan[],
) {
  const plan = plans.find(({ planId }) => planId === subscription.planId);
  return {
    subscription_id: subscription.subscriptionId,
    account_id: subscription.accountId,
    status: subscription.status,
    plan_id: subscription.planId,
    price_cents: subscription.priceCents,
    currency: subscription.currency,
    interval: subscription.interval,
    seats: { taken: seatsTaken, limit: plan?.seats ?? null },
    period_start: subscription.periodStart,
    period_end: subscription.periodEnd,
    /** The charge that pays the current period. */
    charge_id: subscription.paidBy.chargeId,
    started_at: subscription.startedAt,
    closed_at: subscription.status === 'active' ? null : subscription.closedAt,
    suspended: suspension !== undefined,
    version: subscription.version,
  };
}

/** A plan that can be begun, as the API shows it. */
export function planView({ planId, seats, interval, prices }: Plan) {
  return {
    plan_id: planId,
    seats,
    interval,
    prices: Object.entries(prices).map(([currency, amount_cents]) => ({ currency, amount_cents })),
  };
}
