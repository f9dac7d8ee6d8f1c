import type { PayloadOf } from '@atlas/event-contracts';

/** A person as events name them. */
export interface Person {
  readonly userId: string;
  readonly email: string;
}

/** The charge that pays the current period of a subscription. */
export interface Payment {
  readonly chargeId: string;
  readonly amountCents: number;
  readonly requestedAt: string;
}

interface SubscriptionBase {
  readonly subscriptionId: string;
  readonly accountId: string;
  readonly planId: string;
  readonly priceCents: number;
  readonly currency: string;
  readonly interval: 'month' | 'year';
  readonly paidBy: Payment;
  readonly payer: Person;
  readonly periodStart: string;
  readonly periodEnd: string;
  readonly startedAt: string;
  /** How many events there were about it: the `sequence` of the newest one. */
  readonly version: number;
}

export interface ActiveSubscription extends SubscriptionBase {
  readonly status: 'active';
}

export interface ClosedSubscription extends SubscriptionBase {
  /** Cancelled by its owner, or ended because the charge that paid it was reversed. */
  readonly status: 'cancelled' | 'ended';
  readonly closedAt: string;
}

export type Subscription = ActiveSubscription | ClosedSubscription;

/** Why a charge that succeeded does not become a subscription. Public: `reason` of `subscription.activation_failed`. */
export type FailureReason =
  | 'plan_unknown'
  | 'plan_retired'
  | 'account_suspended'
  | 'seat_limit'
  | 'already_active'
  | 'currency_differs'
  | 'superseded'
  | 'cancelled_meanwhile';

/**
 * What became of a charge, for ever: it is written in the same transaction as its consequences, and no charge is decided
 * about twice. `reversed-first` is a charge whose reversal was heard before its success.
 */
export type ChargeOutcome =
  | { readonly kind: 'activated'; readonly subscriptionId: string; readonly reversedAt?: string }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly reversedAt?: string }
  | { readonly kind: 'reversed-first'; readonly reversedAt: string };

export interface Suspension {
  readonly reason: string;
  readonly since: string;
  /** The operator who said so last. */
  readonly by: string;
}

/** Everything that decisions about an account are based on. */
export interface Account {
  /** The newest one. */
  readonly subscription: Subscription | undefined;
  readonly suspension: Suspension | undefined;
  /** Users of the account: distinct ones, however often each was heard of. */
  readonly seatsTaken: number;
  /** By user. A store loads only the one that a command is about; the number above is of all. */
  readonly seats: ReadonlyMap<string, Person>;
  /** By charge. A store loads only the one that a command is about. */
  readonly outcomes: ReadonlyMap<string, ChargeOutcome>;
}

/**
 * What happens to an account. The payloads of public events are what their contracts promise, and a few private fields that
 * publishing strips, because it parses through the contract.
 */
export type AccountEvent =
  | {
      readonly type: 'subscription.activated';
      readonly payload: PayloadOf<'subscription.activated.v1'> & { readonly period_start: string };
    }
  | {
      readonly type: 'subscription.activation_failed';
      readonly payload: PayloadOf<'subscription.activation_failed.v1'> & { readonly reason: FailureReason };
    }
  | {
      readonly type: 'subscription.changed';
      readonly payload: PayloadOf<'subscription.changed.v1'> & { readonly changed_at: string };
    }
  | { readonly type: 'charge.reversal_noted'; readonly payload: { charge_id: string; reversed_at: string } }
  | { readonly type: 'seat.taken'; readonly payload: { user_id: string; user_email: string } }
  | { readonly type: 'account.suspended'; readonly payload: { reason: string; suspended_at: string; by: string } }
  | { readonly type: 'account.reinstated'; readonly payload: { reinstated_at: string } };

/** An account of which nothing has been heard. */
export const unknownAccount = (): Account => ({
  subscription: undefined,
  suspension: undefined,
  seatsTaken: 0,
  seats: new Map(),
  outcomes: new Map(),
});

/** Folds one event into the account. */
export function evolve(account: Account, event: AccountEvent): Account {
  switch (event.type) {
    case 'subscription.activated': {
      const outcome = { kind: 'activated', subscriptionId: event.payload.subscription_id } as const;
      return {
        ...account,
        subscription: activated(account.subscription, event.payload),
        outcomes: withEntry(account.outcomes, event.payload.charge_id, outcome),
      };
    }
    case 'subscription.activation_failed': {
      const { charge_id, reason } = event.payload;
      return { ...account, outcomes: withEntry(account.outcomes, charge_id, { kind: 'failed', reason }) };
    }
    case 'subscription.changed':
      return { ...account, subscription: changed(account.subscription, event.payload) };
    case 'charge.reversal_noted': {
      const { charge_id, reversed_at: reversedAt } = event.payload;
      const before = account.outcomes.get(charge_id) ?? { kind: 'reversed-first' };
      return { ...account, outcomes: withEntry(account.outcomes, charge_id, { ...before, reversedAt }) };
    }
    case 'seat.taken': {
      const { user_id: userId, user_email: email } = event.payload;
      const seats = withEntry(account.seats, userId, { userId, email });
      return { ...account, seats, seatsTaken: account.seatsTaken + 1 };
    }
    case 'account.suspended': {
      const { reason, suspended_at: since, by } = event.payload;
      return { ...account, suspension: { reason, since, by } };
    }
    case 'account.reinstated':
      return { ...account, suspension: undefined };
  }
}

function activated(
  before: Subscription | undefined,
  payload: Extract<AccountEvent, { type: 'subscription.activated' }>['payload'],
): ActiveSubscription {
  const goesOn = before?.subscriptionId === payload.subscription_id;
  return {
    status: 'active',
    subscriptionId: payload.subscription_id,
    accountId: payload.account_id,
    planId: payload.plan_id,
    priceCents: payload.price_cents,
    currency: payload.currency,
    interval: payload.interval,
    paidBy: { chargeId: payload.charge_id, amountCents: payload.price_cents, requestedAt: payload.requested_at },
    payer: { userId: payload.user_id, email: payload.user_email },
    periodStart: payload.period_start,
    periodEnd: payload.period_end,
    startedAt: goesOn ? before.startedAt : payload.period_start,
    version: (goesOn ? before.version : 0) + 1,
  };
}

function changed(
  before: Subscription | undefined,
  payload: Extract<AccountEvent, { type: 'subscription.changed' }>['payload'],
): Subscription {
  if (before?.status !== 'active') throw new TypeError('subscription.changed without an active subscription');
  const version = before.version + 1;
  if (payload.to_plan_id !== null && payload.status === 'active') {
    const { to_plan_id: planId, to_price_cents: priceCents, interval } = payload;
    return { ...before, planId, priceCents, interval, version };
  }
  const status = payload.status === 'cancelled' ? 'cancelled' : 'ended';
  return { ...before, status, closedAt: payload.changed_at, version };
}

function withEntry<V>(map: ReadonlyMap<string, V>, key: string, value: V): ReadonlyMap<string, V> {
  return new Map(map).set(key, value);
}
