import { z } from 'zod';
import { defineEvent } from '../define-event.ts';
import { cents, currency, email, id, interval } from '../primitives.ts';

const v1_0 = z.object({
  subscription_id: id,
  account_id: id,
  status: z.enum(['active', 'cancelled', 'ended']),
  from_plan_id: id,
  /** Null when the subscription has no plan any more (cancelled or ended). */
  to_plan_id: id.nullable(),
  from_price_cents: cents,
  /** Zero when there is no plan any more. */
  to_price_cents: cents,
  currency,
  interval,
  user_id: id,
  user_email: email,
});

/** 1.1 says which interval the price before was for, when the new plan has another one. */
const v1_1 = v1_0.extend({ from_interval: interval.optional() });

const example = {
  subscription_id: 'sub_0198c5a37f1e7c52',
  account_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c00',
  status: 'active',
  from_plan_id: 'team',
  to_plan_id: 'business',
  from_price_cents: 4900,
  to_price_cents: 9900,
  currency: 'EUR',
  interval: 'month',
  user_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d',
  user_email: 'ada@example.com',
} as const;

export const subscriptionChanged = defineEvent({
  type: 'subscription.changed',
  domain: 'subscription',
  producer: 'subscription',
  meaning: 'An existing subscription has another plan or has ended. Never sent for the first activation.',
  versions: {
    '1.0': { payload: v1_0, example },
    '1.1': {
      payload: v1_1,
      example: {
        ...example,
        to_plan_id: 'business-yearly',
        to_price_cents: 99_000,
        interval: 'year',
        from_interval: 'month',
      },
    },
  },
  current: { v1: '1.1' },
});
