import { z } from 'zod';
import { defineEvent } from '../define-event.ts';
import { cents, currency, email, id, instant, interval } from '../primitives.ts';

const v1_0 = z.object({
  subscription_id: id,
  account_id: id,
  plan_id: id,
  charge_id: id,
  price_cents: cents,
  currency,
  interval,
  period_end: instant,
  user_id: id,
  user_email: email,
  requested_at: instant,
});

/**
 * 1.1 says what the period before cost when a subscription goes on with the same plan: prices change between two periods.
 * Missing for the first period, and beside a `subscription.changed`, which tells both prices itself.
 */
const v1_1 = v1_0.extend({ previous_price_cents: cents.optional() });

const example = {
  subscription_id: 'sub_0198c5a37f1e7c52',
  account_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c00',
  plan_id: 'team',
  charge_id: 'ch_0198c5a27f1e7c52',
  price_cents: 4900,
  currency: 'EUR',
  interval: 'month',
  period_end: '2026-12-22T08:37:01.480Z',
  user_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d',
  user_email: 'ada@example.com',
  requested_at: '2026-11-22T08:37:00.123Z',
} as const;

export const subscriptionActivated = defineEvent({
  type: 'subscription.activated',
  domain: 'subscription',
  producer: 'subscription',
  meaning: 'A charge that succeeded has turned into an active subscription.',
  versions: {
    '1.0': { payload: v1_0, example },
    '1.1': { payload: v1_1, example: { ...example, previous_price_cents: 4500 } },
  },
  current: { v1: '1.1' },
});
