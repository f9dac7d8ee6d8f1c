import { RejectedError } from '../rejected.domain.ts';
import type { Plan } from '../plans/plans.domain.ts';
import type { Account, AccountEvent, Person } from './account.domain.ts';
import { change, closing } from './activation.domain.ts';

export interface ChangePlan {
  readonly type: 'change-plan';
  readonly planId: string;
  readonly by: Person;
  /** RFC 3339. */
  readonly at: string;
}

export interface CancelSubscription {
  readonly type: 'cancel';
  readonly by: Person;
  /** RFC 3339. */
  readonly at: string;
}

/**
 * Decides to go on with another plan for the rest of the paid period. Only what the period was paid for: a dearer plan is
 * bought with a charge, whose success changes the plan. Nothing to do when the plan is the current one. Throws RejectedError
 * NO_SUBSCRIPTION, UNKNOWN_PLAN, PLAN_RETIRED, ACCOUNT_SUSPENDED, SEAT_LIMIT, CURRENCY_NOT_SOLD or CHARGE_REQUIRED.
 */
export function changePlan(command: ChangePlan, account: Account, plans: readonly Plan[]): AccountEvent[] {
  const { subscription, suspension, seatsTaken } = account;
  const plan = plans.find(({ planId }) => planId === command.planId);
  if (!plan) throw rejected('UNKNOWN_PLAN', `There is no plan "${command.planId}".`);
  if (subscription?.status !== 'active') throw noSubscription();
  if (plan.planId === subscription.planId) return [];
  if (plan.retired) throw rejected('PLAN_RETIRED', `The plan "${plan.planId}" cannot be begun any more.`);
  if (suspension) throw rejected('ACCOUNT_SUSPENDED', 'The account is suspended. Ask our support.');
  if (seatsTaken > plan.seats) {
    const detail = `The plan "${plan.planId}" has ${plan.seats} seats, and the account has ${seatsTaken} users.`;
    throw rejected('SEAT_LIMIT', detail, { seats: plan.seats, users: seatsTaken });
  }
  const toPriceCents = priceWithin(subscription, plan);
  const { by, at } = command;
  return [
    change(subscription, { status: 'active', toPlanId: plan.planId, toPriceCents, interval: plan.interval, by, at }),
  ];
}

/**
 * Decides to cancel, at once and without giving money back. Nothing to do for one that is closed already. Throws
 * RejectedError NO_SUBSCRIPTION for an account that has never had one.
 */
export function cancel({ by, at }: CancelSubscription, { subscription }: Account): AccountEvent[] {
  if (!subscription) throw noSubscription();
  return subscription.status === 'active' ? [closing(subscription, { status: 'cancelled', by, at })] : [];
}

function priceWithin(
  { currency, interval, paidBy }: { currency: string; interval: string; paidBy: { amountCents: number } },
  plan: Plan,
): number {
  const price = plan.prices[currency];
  if (price === undefined) {
    throw rejected('CURRENCY_NOT_SOLD', `The plan "${plan.planId}" has no price in ${currency}.`, { currency });
  }
  if (price > paidBy.amountCents || plan.interval !== interval) {
    const detail =
      `The current period was paid with ${paidBy.amountCents} cents; "${plan.planId}" costs ${price}. ` +
      'Buy it with POST /billing/charges: the plan changes when the charge has succeeded.';
    throw rejected('CHARGE_REQUIRED', detail, { paid_cents: paidBy.amountCents, price_cents: price, currency });
  }
  return price;
}

const noSubscription = () => rejected('NO_SUBSCRIPTION', 'The account has no subscription.');

function rejected(code: string, detail: string, facts?: Readonly<Record<string, string | number>>): RejectedError {
  return new RejectedError(code, detail, facts);
}
