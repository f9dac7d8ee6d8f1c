/** A plan as this service sells it. What an account may do with it is for the subscription service to know. */
export interface Plan {
  readonly planId: string;
  readonly name: string;
  readonly interval: 'month' | 'year';
  /** In cents, by ISO 4217 currency. */
  readonly prices: Readonly<Record<string, number>>;
}

/** What is sold now, cheapest first. A price that changes does so for charges that are requested afterwards. */
export const plans: readonly Plan[] = [
  { planId: 'starter', name: 'Starter', interval: 'month', prices: { EUR: 1_900, USD: 2_100 } },
  // Subscription has retired it already. Two services never change at the same moment, and the saga gives the money back.
  { planId: 'classic', name: 'Classic', interval: 'month', prices: { EUR: 2_900, USD: 3_200 } },
  { planId: 'team', name: 'Team', interval: 'month', prices: { EUR: 4_900, USD: 5_400 } },
  { planId: 'business', name: 'Business', interval: 'month', prices: { EUR: 14_900, USD: 16_500 } },
];

/** The currency of a charge that names none. */
export const usualCurrency = 'EUR';

/** The plan with this id, or undefined. */
export function findPlan(planId: string): Plan | undefined {
  return plans.find((plan) => plan.planId === planId);
}

/** What the plan costs in this currency, in cents, or undefined when it is not sold in it. */
export function priceOf(plan: Plan, currency: string): number | undefined {
  return Object.hasOwn(plan.prices, currency) ? plan.prices[currency] : undefined;
}
