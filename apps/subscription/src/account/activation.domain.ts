import { endOfPeriod } from '../plans/period.domain.ts';
import type { Plan } from '../plans/plans.domain.ts';
import type { Account, AccountEvent, ActiveSubscription, FailureReason, Person } from './account.domain.ts';

/** A charge that succeeded, whichever version of the event told of it. */
export interface PaidCharge {
  readonly chargeId: string;
  readonly accountId: string;
  readonly planId: string;
  readonly amountCents: number;
  readonly currency: string;
  readonly payer: Person;
  /** When the payer asked for it, RFC 3339. */
  readonly requestedAt: string;
  /** When the money was taken, RFC 3339: the paid period begins here. */
  readonly chargedAt: string;
}

export interface ActivateSubscription {
  readonly type: 'activate';
  readonly charge: PaidCharge;
  /** For a subscription that begins with this charge. */
  readonly newSubscriptionId: string;
}

export interface NoteReversal {
  readonly type: 'note-reversal';
  readonly chargeId: string;
  readonly reversedAt: string;
  readonly payer: Person;
}

/**
 * Decides what becomes of a charge, once: nothing more about one that has an outcome. A charge for another plan than the
 * active one changes the plan and pays for a period of its own; one for the same plan, made after the paid period was over,
 * pays for another period.
 */
export function activate(
  { charge, newSubscriptionId }: ActivateSubscription,
  account: Account,
  plans: readonly Plan[],
): AccountEvent[] {
  if (account.outcomes.has(charge.chargeId)) return [];
  const plan = plans.find(({ planId }) => planId === charge.planId);
  const reason = plan ? (planStands(plan, account) ?? accountStands(charge, account)) : 'plan_unknown';
  if (!plan || reason) return [failed(charge, reason ?? 'plan_unknown')];
  const before = activeOf(account);
  if (!before) return [activation(charge, plan, newSubscriptionId)];
  if (before.planId === plan.planId) return [activation(charge, plan, before.subscriptionId, before.priceCents)];
  return [activation(charge, plan, before.subscriptionId), paidChange(before, charge, plan)];
}

/** Remembers that a charge was reversed; ends the subscription when it is the charge that pays its current period. */
export function noteReversal({ chargeId, reversedAt, payer }: NoteReversal, account: Account): AccountEvent[] {
  if (account.outcomes.get(chargeId)?.reversedAt !== undefined) return [];
  const noted: AccountEvent = {
    type: 'charge.reversal_noted',
    payload: { charge_id: chargeId, reversed_at: reversedAt },
  };
  const subscription = activeOf(account);
  if (subscription?.paidBy.chargeId !== chargeId) return [noted];
  return [noted, closing(subscription, { status: 'ended', by: payer, at: reversedAt })];
}

/** The event that says that a subscription has no plan any more. */
export function closing(
  subscription: ActiveSubscription,
  { status, by, at }: { status: 'cancelled' | 'ended'; by: Person; at: string },
): AccountEvent {
  return change(subscription, { status, toPlanId: null, toPriceCents: 0, by, at });
}

/** The event that says that a subscription has another plan, or none. */
export function change(
  { subscriptionId, accountId, planId, priceCents, currency, interval }: ActiveSubscription,
  to: {
    status: 'active' | 'cancelled' | 'ended';
    toPlanId: string | null;
    toPriceCents: number;
    interval?: Plan['interval'];
    by: Person;
    at: string;
  },
): AccountEvent {
  return {
    type: 'subscription.changed',
    payload: {
      subscription_id: subscriptionId,
      account_id: accountId,
      status: to.status,
      from_plan_id: planId,
      to_plan_id: to.toPlanId,
      from_price_cents: priceCents,
      to_price_cents: to.toPriceCents,
      currency,
      interval: to.interval ?? interval,
      from_interval: interval,
      user_id: to.by.userId,
      user_email: to.by.email,
      changed_at: to.at,
    },
  };
}

function planStands(plan: Plan, { suspension, seatsTaken }: Account): FailureReason | undefined {
  if (plan.retired) return 'plan_retired';
  if (suspension) return 'account_suspended';
  return seatsTaken > plan.seats ? 'seat_limit' : undefined;
}

function accountStands(charge: PaidCharge, { subscription }: Account): FailureReason | undefined {
  if (subscription === undefined) return undefined;
  if (subscription.status === 'cancelled' && !isLater(charge.requestedAt, subscription.closedAt))
    return 'cancelled_meanwhile';
  if (subscription.status !== 'active') return undefined;
  const { planId, periodEnd, currency, paidBy } = subscription;
  if (planId === charge.planId && isLater(periodEnd, charge.chargedAt)) return 'already_active';
  // The plan is the one that was asked for last, in whichever order the charges arrive.
  if (isLater(paidBy.requestedAt, charge.requestedAt)) return 'superseded';
  return currency === charge.currency ? undefined : 'currency_differs';
}

/** `renewedPriceCents` is what the period before cost, where the same plan goes on. */
function activation(charge: PaidCharge, plan: Plan, subscriptionId: string, renewedPriceCents?: number): AccountEvent {
  return {
    type: 'subscription.activated',
    payload: {
      subscription_id: subscriptionId,
      account_id: charge.accountId,
      plan_id: plan.planId,
      charge_id: charge.chargeId,
      price_cents: charge.amountCents,
      ...(renewedPriceCents !== undefined && { previous_price_cents: renewedPriceCents }),
      currency: charge.currency,
      interval: plan.interval,
      period_start: charge.chargedAt,
      period_end: endOfPeriod(new Date(charge.chargedAt), plan.interval).toISOString(),
      user_id: charge.payer.userId,
      user_email: charge.payer.email,
      requested_at: charge.requestedAt,
    },
  };
}

function failed({ accountId, planId, chargeId, requestedAt }: PaidCharge, reason: FailureReason): AccountEvent {
  return {
    type: 'subscription.activation_failed',
    payload: { account_id: accountId, plan_id: planId, charge_id: chargeId, reason, requested_at: requestedAt },
  };
}

function paidChange(before: ActiveSubscription, charge: PaidCharge, { interval }: Plan): AccountEvent {
  const { planId, amountCents, payer, chargedAt } = charge;
  const to = { toPlanId: planId, toPriceCents: amountCents, interval };
  return change(before, { status: 'active', ...to, by: payer, at: chargedAt });
}

function activeOf({ subscription }: Account): ActiveSubscription | undefined {
  return subscription?.status === 'active' ? subscription : undefined;
}

function isLater(a: string, b: string): boolean {
  return Date.parse(a) > Date.parse(b);
}
