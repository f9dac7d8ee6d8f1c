/** A plan as this service knows it. Billing has a catalogue of its own: what it sells, and at which price. */
export interface Plan {
  readonly planId: string;
  /** Users that an account on this plan may have. */
  readonly seats: number;
  readonly interval: 'month' | 'year';
  /** In cents, by ISO 4217 currency. */
  readonly prices: Readonly<Record<string, number>>;
  /** A retired plan cannot be begun any more; who is on it stays on it. */
  readonly retired: boolean;
}

/** Every plan that an account may be on, also those that cannot be begun any more. */
export const plans: readonly Plan[] = [
  { planId: 'starter', seats: 3, interval: 'month', prices: { EUR: 1_900, USD: 2_100 }, retired: false },
  { planId: 'team', seats: 10, interval: 'month', prices: { EUR: 4_900, USD: 5_400 }, retired: false },
  { planId: 'business', seats: 100, interval: 'month', prices: { EUR: 14_900, USD: 16_500 }, retired: false },
  // Billing still sells it. Two services never change at the same moment, and the saga gives the money back.
  { planId: 'classic', seats: 5, interval: 'month', prices: { EUR: 2_900, USD: 3_200 }, retired: true },
];
