import { z } from 'zod';
import { defineEvent } from '../define-event.ts';
import { id, instant, reason } from '../primitives.ts';

const v1_0 = z.object({ account_id: id, plan_id: id, charge_id: id, reason, requested_at: instant });

export const subscriptionActivationFailed = defineEvent({
  type: 'subscription.activation_failed',
  domain: 'subscription',
  producer: 'subscription',
  meaning: 'A charge that succeeded cannot become a subscription: billing has to give the money back.',
  versions: {
    '1.0': {
      payload: v1_0,
      example: {
        account_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c00',
        plan_id: 'legacy-2019',
        charge_id: 'ch_0198c5a27f1e7c52',
        reason: 'plan_retired',
        requested_at: '2026-11-22T08:37:00.123Z',
      },
    },
  },
  current: { v1: '1.0' },
});
