import { z } from 'zod';
import type { AccountEvent } from './account-events.domain.ts';

/** What is known of a charge from its beginning, and never changes. */
const facts = z.object({
  chargeId: z.string(),
  accountId: z.string(),
  planId: z.string(),
  amountCents: z.int(),
  currency: z.string(),
  userId: z.string(),
  userEmail: z.string(),
  requestedAt: z.string(),
  /** The provider's token for what is charged. It never leaves this service but to the provider. */
  paymentMethod: z.string(),
});

export type ChargeFacts = z.output<typeof facts>;

const reference = z.string();
const reason = z.string();
const refusals = z.int();
/** The refunds that were refused, as far as the provider has names for them. */
const refusedRefunds = z.array(reference);

const requested = facts.extend({ status: z.literal('requested'), deferredReversal: reason.optional() });
const failed = facts.extend({ status: z.literal('failed'), reason });
const succeeded = facts.extend({ status: z.literal('succeeded'), reference, chargedAt: z.string(), since: z.string() });
const confirmed = facts.extend({
  status: z.literal('confirmed'),
  reference,
  chargedAt: z.string(),
  subscriptionId: z.string(),
});
const reversing = facts.extend({
  status: z.literal('reversing'),
  reference,
  reason,
  /** Refusals of the provider in all, and since an operator asked last. */
  refusals,
  refusalsInRound: refusals,
  refusedRefunds,
  lastRefusal: reason.optional(),
});
const parked = facts.extend({
  ...{ status: z.literal('reversal_parked'), reference, reason, refusals, refusedRefunds },
  lastRefusal: reason,
});
const reversed = facts.extend({
  ...{ status: z.literal('reversed'), reference, reason, refusals, refusedRefunds },
  reversedAt: z.string(),
  refundReference: reference,
});

/** A charge in the state that its facts have led to; of a final state nothing follows but what the provider says of a refund. */
export const chargeSchema = z.discriminatedUnion('status', [
  requested,
  failed,
  succeeded,
  confirmed,
  reversing,
  parked,
  reversed,
]);

export type Charge = z.output<typeof chargeSchema>;
export type ChargeStatus = Charge['status'];
/** A charge whose money the provider has. */
export type TakenCharge = Extract<Charge, { reference: string }>;

export const chargeStatuses: readonly ChargeStatus[] = chargeSchema.options.map(
  ({ shape }) => shape.status.values.values().next().value!,
);

/** The charge after one more fact about it. It happened, so it is never refused: a fact that cannot follow changes nothing. */
export function evolveCharge(charge: Charge, event: AccountEvent): Charge {
  switch (event.type) {
    case 'charge.requested':
      return charge;
    case 'charge.succeeded': {
      const { provider_reference, charged_at, noted_at } = event.payload;
      const taken = { reference: provider_reference, chargedAt: charged_at, since: noted_at };
      return { ...factsOf(charge), status: 'succeeded', ...taken };
    }
    case 'charge.failed':
      return { ...factsOf(charge), status: 'failed', reason: event.payload.reason };
    case 'charge.confirmed': {
      if (charge.status !== 'succeeded') return charge;
      const { reference: taken, chargedAt } = charge;
      const subscriptionId = event.payload.subscription_id;
      return { ...factsOf(charge), status: 'confirmed', reference: taken, chargedAt, subscriptionId };
    }
    case 'reversal.deferred':
      return charge.status === 'requested' ? { ...charge, deferredReversal: event.payload.reason } : charge;
    case 'reversal.requested': {
      const { reason: why, provider_reference } = event.payload;
      const counts = { ...refusalsOf(charge), refusalsInRound: 0 };
      return { ...factsOf(charge), status: 'reversing', reference: provider_reference, reason: why, ...counts };
    }
    case 'reversal.refused': {
      if (charge.status !== 'reversing' && charge.status !== 'reversed') return charge;
      const { attempt, refusal, refund_reference: refund } = event.payload;
      const refused = refund === undefined ? charge.refusedRefunds : [...charge.refusedRefunds, refund];
      if (charge.status === 'reversed') return { ...charge, refusals: attempt, refusedRefunds: refused };
      const counts = { refusals: attempt, refusalsInRound: charge.refusalsInRound + 1, refusedRefunds: refused };
      return { ...charge, ...counts, lastRefusal: refusal };
    }
    case 'reversal.parked': {
      if (charge.status !== 'reversing' && charge.status !== 'reversed') return charge;
      const { reference: taken, reason: why, refusals: count, refusedRefunds: refused } = charge;
      const counts = { refusals: count, refusedRefunds: refused, lastRefusal: event.payload.refusal };
      const rest = { reference: taken, reason: why, ...counts };
      return { ...factsOf(charge), status: 'reversal_parked', ...rest };
    }
    case 'charge.reversed': {
      if (!('reference' in charge)) return charge;
      const { reference: taken } = charge;
      const { reason: why, reversed_at, refund_reference } = event.payload;
      const end = { reason: why, reversedAt: reversed_at, refundReference: refund_reference };
      return { ...factsOf(charge), status: 'reversed', reference: taken, ...end, ...refusalsOf(charge) };
    }
  }
}

/** What the provider has refused so far: attempts have numbers that go on over the whole life of a charge. */
function refusalsOf(charge: Charge): Pick<Extract<Charge, { status: 'reversing' }>, 'refusals' | 'refusedRefunds'> {
  if (!('refusedRefunds' in charge)) return { refusals: 0, refusedRefunds: [] };
  return { refusals: charge.refusals, refusedRefunds: charge.refusedRefunds };
}

/** The charge that a request begins. */
export function beginCharge({ payload }: Extract<AccountEvent, { type: 'charge.requested' }>): Charge {
  return {
    status: 'requested',
    chargeId: payload.charge_id,
    accountId: payload.account_id,
    planId: payload.plan_id,
    amountCents: payload.amount_cents,
    currency: payload.currency,
    userId: payload.user_id,
    userEmail: payload.user_email,
    requestedAt: payload.requested_at,
    paymentMethod: payload.payment_method,
  };
}

/** What never changes, without the state. */
export function factsOf(charge: ChargeFacts): ChargeFacts {
  const { chargeId, accountId, planId, amountCents, currency, userId, userEmail, requestedAt, paymentMethod } = charge;
  return { chargeId, accountId, planId, amountCents, currency, userId, userEmail, requestedAt, paymentMethod };
}

/** What every public event says of a charge. */
export function publicFactsOf(charge: ChargeFacts) {
  return {
    charge_id: charge.chargeId,
    account_id: charge.accountId,
    plan_id: charge.planId,
    amount_cents: charge.amountCents,
    currency: charge.currency,
    user_id: charge.userId,
    user_email: charge.userEmail,
    requested_at: charge.requestedAt,
  };
}
