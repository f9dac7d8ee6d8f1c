import { type Decider, defineEventTypes, type EventOf } from '@atlas/event-store';
import { z } from 'zod';

/** A stream such as billing's: what happened to the charges of one account. */
export const accountEvents = defineEventTypes({
  'charge.requested': {
    payload: z.object({
      charge_id: z.string(),
      plan_id: z.string(),
      amount_cents: z.int(),
      currency: z.string(),
      user_id: z.string(),
      user_email: z.string(),
      payment_method: z.string(),
      requested_at: z.string(),
    }),
  },
  'charge.succeeded': { payload: z.object({ charge_id: z.string(), charged_at: z.string() }) },
});

export type AccountEvent = EventOf<typeof accountEvents>;

export const accountSchema = z.object({ requested: z.int(), paidCents: z.int(), open: z.record(z.string(), z.int()) });
export type Account = z.output<typeof accountSchema>;

/** Folded in place of a real account: the charges that are open, and what was paid. */
export const account: Pick<Decider<Account, never, AccountEvent>, 'initialState' | 'evolve'> = {
  initialState: () => ({ requested: 0, paidCents: 0, open: {} }),
  evolve({ requested, paidCents, open }, { type, payload }) {
    if (type === 'charge.requested') {
      return { requested: requested + 1, paidCents, open: { ...open, [payload.charge_id]: payload.amount_cents } };
    }
    const { [payload.charge_id]: paid = 0, ...others } = open;
    return { requested, paidCents: paidCents + paid, open: others };
  },
};

/** `count` events, a request and its success in turn, numbered from `from`. */
export function accountHistory(from: number, count: number): AccountEvent[] {
  return Array.from({ length: count }, (_, index) => eventAt(from + index));
}

function eventAt(index: number): AccountEvent {
  const charge_id = `ch_${String(index - (index % 2)).padStart(16, '0')}`;
  if (index % 2 === 1) return { type: 'charge.succeeded', payload: { charge_id, charged_at: at } };
  return { type: 'charge.requested', payload: { ...charge, charge_id } };
}

const at = '2026-11-22T08:37:00.123Z';
const charge = {
  plan_id: 'team',
  amount_cents: 4900,
  currency: 'EUR',
  user_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d',
  user_email: 'ada@example.com',
  payment_method: 'pm_1QwErTyUiOpAsDfGhJkLzXcV',
  requested_at: at,
};
