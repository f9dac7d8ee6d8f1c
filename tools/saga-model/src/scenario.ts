import fc from 'fast-check';
import type { Treatment } from './provider.ts';

/** A wish to pay for a plan, as `POST /billing/charges` takes it. */
export interface Checkout {
  readonly chargeId: string;
  readonly planId: string;
  readonly currency: 'EUR' | 'USD';
  readonly amountCents: number;
  readonly treatment: Treatment;
}

/** What people do at some moment, besides buying. */
export type Deed = 'suspend' | 'reinstate' | 'cancel' | 'move-to-starter' | 'retry-reversals' | 'refund-by-hand';

/** What one account goes through, and the choices of the schedule in which it does. */
export interface Scenario {
  readonly users: number;
  readonly checkouts: readonly Checkout[];
  readonly deeds: readonly Deed[];
  readonly choices: readonly number[];
}

const prices = { starter: 1_900, team: 4_900, business: 14_900, classic: 2_900 } as const;

const treatment: fc.Arbitrary<Treatment> = fc.record({
  charge: fc.constantFrom('succeeded', 'succeeded', 'succeeded', 'declined', 'slow'),
  refusedRefunds: fc.constantFrom(0, 0, 0, 1, 2, 99),
  slowRefund: fc.boolean(),
});

const checkout = fc.record({
  planId: fc.constantFrom('starter', 'team', 'business', 'classic', 'unheard-of'),
  currency: fc.constantFrom('EUR', 'EUR', 'EUR', 'USD'),
  treatment,
});

const checkouts = fc.array(checkout, { minLength: 1, maxLength: 3 }).map((wishes) =>
  wishes.map((wish, index): Checkout => ({
    ...(wish as Omit<Checkout, 'chargeId' | 'amountCents'>),
    chargeId: `ch_${index + 1}`,
    amountCents: prices[wish.planId as keyof typeof prices] ?? 700,
  })),
);

/** Everything that an account may go through, in any order. */
export const scenarios: fc.Arbitrary<Scenario> = fc.record({
  users: fc.constantFrom(0, 1, 3, 4, 11),
  checkouts,
  deeds: fc.array(
    fc.constantFrom<Deed>('suspend', 'reinstate', 'cancel', 'move-to-starter', 'retry-reversals', 'refund-by-hand'),
    { maxLength: 3 },
  ),
  choices: fc.array(fc.nat({ max: 9_999 }), { maxLength: 250, size: 'max' }),
});
