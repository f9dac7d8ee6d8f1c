import { readItem } from '@atlas/platform';
import { z } from 'zod';
import type { Account, ChargeOutcome, FailureReason, Person, Subscription } from './account.domain.ts';

const subscriptionFields = z.object({
  subscription_id: z.string(),
  account_id: z.string(),
  status: z.enum(['active', 'cancelled', 'ended']),
  plan_id: z.string(),
  price_cents: z.int(),
  currency: z.string(),
  interval: z.enum(['month', 'year']),
  charge_id: z.string(),
  charge_cents: z.int(),
  charge_requested_at: z.string(),
  payer_id: z.string(),
  payer_email: z.string(),
  period_start: z.string(),
  period_end: z.string(),
  started_at: z.string(),
  closed_at: z.string().optional(),
  version: z.int(),
});

const accountFields = z.object({
  version: z.int().min(1),
  seats_taken: z.int().min(0),
  suspension: z.object({ reason: z.string(), since: z.string(), by: z.string() }).optional(),
  subscription: subscriptionFields.optional(),
});

const outcomeFields = z.object({
  kind: z.enum(['activated', 'failed', 'reversed-first']),
  subscription_id: z.string().optional(),
  reason: z.string().optional(),
  reversed_at: z.string().optional(),
  answer: z.string().optional(),
});

const seatFields = z.object({ user_id: z.string(), user_email: z.string() });

/** `ACCOUNT`: what every decision needs, with the version by which writers notice each other. */
export function toAccountItem(version: number, { seatsTaken, suspension, subscription }: Account) {
  return {
    version,
    seats_taken: seatsTaken,
    ...(suspension && { suspension: { ...suspension } }),
    ...(subscription && { subscription: toSubscriptionFields(subscription) }),
  };
}

/** Reads an `ACCOUNT`; throws CorruptItemError. */
export function fromAccountItem(
  item: Record<string, unknown>,
): { version: number } & Pick<Account, 'seatsTaken' | 'suspension' | 'subscription'> {
  const { version, seats_taken: seatsTaken, suspension, subscription } = readItem(accountFields, item, 'account');
  return { version, seatsTaken, suspension, subscription: subscription && fromSubscriptionFields(subscription) };
}

/** `CHARGE#<charge id>`: the outcome, and the event that told of it, as it was published. */
export function toOutcomeItem(outcome: ChargeOutcome, answer: string | undefined) {
  return {
    kind: outcome.kind,
    ...(outcome.kind === 'activated' && { subscription_id: outcome.subscriptionId }),
    ...(outcome.kind === 'failed' && { reason: outcome.reason }),
    ...(outcome.reversedAt !== undefined && { reversed_at: outcome.reversedAt }),
    ...(answer !== undefined && { answer }),
  };
}

/** Reads a `CHARGE#…`; throws CorruptItemError. */
export function fromOutcomeItem(item: Record<string, unknown>): { outcome: ChargeOutcome; answer: string | undefined } {
  const { kind, subscription_id, reason, reversed_at, answer } = readItem(outcomeFields, item, 'charge outcome');
  const reversed = reversed_at === undefined ? {} : { reversedAt: reversed_at };
  if (kind === 'activated') return { outcome: { kind, subscriptionId: subscription_id ?? '', ...reversed }, answer };
  if (kind === 'failed') return { outcome: { kind, reason: reason as FailureReason, ...reversed }, answer };
  return { outcome: { kind, reversedAt: reversed_at ?? '' }, answer };
}

/** `SEAT#<user id>`: a user who has been counted. */
export function toSeatItem({ userId, email }: Person) {
  return { user_id: userId, user_email: email };
}

/** Reads a `SEAT#…`; throws CorruptItemError. */
export function fromSeatItem(item: Record<string, unknown>): Person {
  const { user_id: userId, user_email: email } = readItem(seatFields, item, 'seat');
  return { userId, email };
}

function toSubscriptionFields(subscription: Subscription): z.output<typeof subscriptionFields> {
  return {
    subscription_id: subscription.subscriptionId,
    account_id: subscription.accountId,
    status: subscription.status,
    plan_id: subscription.planId,
    price_cents: subscription.priceCents,
    currency: subscription.currency,
    interval: subscription.interval,
    charge_id: subscription.paidBy.chargeId,
    charge_cents: subscription.paidBy.amountCents,
    charge_requested_at: subscription.paidBy.requestedAt,
    payer_id: subscription.payer.userId,
    payer_email: subscription.payer.email,
    period_start: subscription.periodStart,
    period_end: subscription.periodEnd,
    started_at: subscription.startedAt,
    ...(subscription.status !== 'active' && { closed_at: subscription.closedAt }),
    version: subscription.version,
  };
}

function fromSubscriptionFields(fields: z.output<typeof subscriptionFields>): Subscription {
  const base = {
    subscriptionId: fields.subscription_id,
    accountId: fields.account_id,
    planId: fields.plan_id,
    priceCents: fields.price_cents,
    currency: fields.currency,
    interval: fields.interval,
    paidBy: {
      chargeId: fields.charge_id,
      amountCents: fields.charge_cents,
      requestedAt: fields.charge_requested_at,
    },
    payer: { userId: fields.payer_id, email: fields.payer_email },
    periodStart: fields.period_start,
    periodEnd: fields.period_end,
    startedAt: fields.started_at,
    version: fields.version,
  };
  if (fields.status === 'active') return { ...base, status: 'active' };
  return { ...base, status: fields.status, closedAt: fields.closed_at ?? fields.period_end };
}
