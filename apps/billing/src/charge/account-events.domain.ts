import { chargeFailed, chargeRequested, chargeReversed, chargeSucceeded } from '@atlas/event-contracts';
import { z } from 'zod';

const id = z.string().min(1).max(128);
/** A name that the payment provider gave to something. */
const reference = z.string().min(1).max(255);
/** Why, for a person to read; as long as the public contracts take it. */
const reason = z.string().min(1).max(1000);

/** What everything about a charge says of it. */
const charge = chargeRequested.versions['1.0'].payload;

/**
 * The facts in an account's stream, in the order in which a charge meets them. Four of them are public and have a contract;
 * what they say beyond it (`payment_method`, `provider_reference`, …) stays in the stream, because publishing parses by the
 * contract. The others are billing's own.
 */
export const accountEvents = {
  'charge.requested': { payload: charge.extend({ payment_method: reference }) },
  /** The provider has taken the money. `noted_at` is when we learned of it. */
  'charge.succeeded': {
    payload: chargeSucceeded.versions['1.0'].payload.extend({
      provider_reference: reference,
      noted_at: z.iso.datetime(),
    }),
  },
  /** The provider has refused for good. */
  'charge.failed': { payload: chargeFailed.versions['1.0'].payload },
  /** The subscription that it pays for is active: nothing is left to do. */
  'charge.confirmed': { payload: z.object({ charge_id: id, subscription_id: id }) },
  /** There will be no subscription, but it is not known yet whether there is money to give back. */
  'reversal.deferred': { payload: z.object({ charge_id: id, reason }) },
  /** The money is to be given back: the first time, or once more after it was parked. */
  'reversal.requested': { payload: charge.extend({ reason, provider_reference: reference }) },
  /** The provider would not give it back, with its word for why. `attempt` counts from 1 over the whole life of the charge. */
  'reversal.refused': {
    payload: charge.extend({
      ...{ reason, attempt: z.int().min(1), refusal: reason },
      /** The refund that was refused, where the provider made one: it may tell us of it once more. */
      refund_reference: reference.optional(),
    }),
  },
  /** Refused too often, or refused after `charge.reversed` was told: an operator has to decide. */
  'reversal.parked': { payload: charge.extend({ reason, attempts: z.int().min(1), refusal: reason }) },
  'charge.reversed': { payload: chargeReversed.versions['1.0'].payload.extend({ refund_reference: reference }) },
} as const;

type Types = typeof accountEvents;

export type AccountEventType = keyof Types;

/** A fact in an account's stream. */
export type AccountEvent = {
  [T in AccountEventType]: { readonly type: T; readonly payload: z.output<Types[T]['payload']> };
}[AccountEventType];

/** The facts that other services are told. */
export const publicEventTypes = [
  'charge.requested',
  'charge.succeeded',
  'charge.failed',
  'charge.reversed',
] as const satisfies readonly AccountEventType[];
