import type { EventOf } from '@atlas/event-contracts';
import type { ActivateSubscription, NoteReversal } from './activation.domain.ts';
import type { TakeSeat } from './standing.domain.ts';

/** The command that a charge leads to, whichever major of the event told of it: both say the same. */
export function activationOf(
  { payload }: EventOf<'charge.succeeded.v1'> | EventOf<'charge.succeeded.v2'>,
  newSubscriptionId: string,
): ActivateSubscription {
  const amount = 'amount' in payload ? payload.amount : { cents: payload.amount_cents, currency: payload.currency };
  return {
    type: 'activate',
    newSubscriptionId,
    charge: {
      chargeId: payload.charge_id,
      accountId: payload.account_id,
      planId: payload.plan_id,
      amountCents: amount.cents,
      currency: amount.currency,
      payer: { userId: payload.user_id, email: payload.user_email },
      requestedAt: payload.requested_at,
      chargedAt: payload.charged_at,
    },
  };
}

/** The command that a reversal leads to. */
export function reversalOf({ payload }: EventOf<'charge.reversed.v1'>): NoteReversal {
  return {
    type: 'note-reversal',
    chargeId: payload.charge_id,
    reversedAt: payload.reversed_at,
    payer: { userId: payload.user_id, email: payload.user_email },
  };
}

/** The command that a new user leads to. */
export function seatOf({ payload }: EventOf<'user.registered.v1'>): TakeSeat {
  return { type: 'take-seat', user: { userId: payload.user_id, email: payload.user_email } };
}
