import { z } from 'zod';
import { cents, currency, email, id, instant } from '../primitives.ts';

/** What every event about a charge says, so that a reader never has to ask billing. */
export const charge = z.object({
  charge_id: id,
  account_id: id,
  plan_id: id,
  amount_cents: cents,
  currency,
  user_id: id,
  user_email: email,
  requested_at: instant,
});

export const chargeExample = {
  charge_id: 'ch_0198c5a27f1e7c52',
  account_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c00',
  plan_id: 'team',
  amount_cents: 4900,
  currency: 'EUR',
  user_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d',
  user_email: 'ada@example.com',
  requested_at: '2026-11-22T08:37:00.123Z',
} as const;
