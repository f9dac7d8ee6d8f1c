import { leakCheck } from '@atlas/testing';
import { findPlan, plans, priceOf, usualCurrency } from './plans.domain.ts';

it.each(plans)('$planId has a price in whole cents, also in the usual currency', (plan) => {
  expect(findPlan(plan.planId)).toBe(plan);
  expect(priceOf(plan, usualCurrency)).toBeGreaterThan(0);
  for (const [currency, cents] of Object.entries(plan.prices)) {
    expect(currency).toMatch(/^[A-Z]{3}$/);
    expect(Number.isSafeInteger(cents) && cents > 0).toBe(true);
  }
});

it('has each plan once', () => {
  expect(new Set(plans.map(({ planId }) => planId)).size).toBe(plans.length);
});

it.each(['XTS', 'eur', '', 'constructor', '__proto__'])('has no price in "%s"', (currency) => {
  expect(priceOf(plans[0]!, currency)).toBeUndefined();
  expect(findPlan(currency)).toBeUndefined();
});

leakCheck();
