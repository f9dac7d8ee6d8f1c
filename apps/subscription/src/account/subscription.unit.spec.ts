import { specificationOf } from '@atlas/event-store/specification';
import { leakCheck } from '@atlas/testing';
import { plans } from '../plans/plans.domain.ts';
import { accountDecider } from './account.decider.domain.ts';
import type { AccountEvent, Person } from './account.domain.ts';
import { activated, at, cancelled, charge, seat, suspended } from './account.fixture.ts';

const account = specificationOf(accountDecider(plans));
const bob: Person = { userId: 'u-bob', email: 'bob@example.com' };
const changeTo = (planId: string) => ({ type: 'change-plan', planId, by: bob, at: at(40) }) as const;
const cancel = { type: 'cancel', by: bob, at: at(40) } as const;
const business = activated(charge('ch_1', 'business', 1));

function changed(from: [string | null, number], to: [string | null, number], status = 'active'): AccountEvent {
  return {
    type: 'subscription.changed',
    payload: {
      subscription_id: 'sub_1',
      account_id: 'acc',
      status: status as 'active',
      from_plan_id: from[0]!,
      to_plan_id: to[0],
      from_price_cents: from[1],
      to_price_cents: to[1],
      currency: 'EUR',
      interval: 'month',
      from_interval: 'month',
      user_id: 'u-bob',
      user_email: 'bob@example.com',
      changed_at: at(40),
    },
  };
}

describe('changing the plan', () => {
  it('is for what the current period was paid for, there and back', () => {
    const down = changed(['business', 14_900], ['team', 4900]);
    account.given(business).when(changeTo('team')).then(down);
    account
      .given(business, down)
      .when(changeTo('business'))
      .then(changed(['team', 4900], ['business', 14_900]));
  });

  it('to a dearer plan needs a charge', () => {
    account
      .given(activated(charge('ch_1', 'team', 1)))
      .when(changeTo('business'))
      .thenRefused({ code: 'CHARGE_REQUIRED', facts: { paid_cents: 4900, price_cents: 14_900, currency: 'EUR' } });
  });

  it('to the plan that it is does nothing', () => {
    account.given(business).when(changeTo('business')).then();
  });

  it('keeps the period and what pays it', () => {
    const decider = accountDecider(plans);
    const after = [business, changed(['business', 14_900], ['team', 4900])].reduce(
      decider.evolve,
      decider.initialState(),
    );
    expect(after.subscription).toMatchObject({
      planId: 'team',
      priceCents: 4900,
      periodEnd: '2026-12-22T08:01:05.000Z',
      paidBy: { chargeId: 'ch_1', amountCents: 14_900 },
      version: 2,
    });
  });

  it('is refused where it cannot be', () => {
    account.given().when(changeTo('team')).thenRefused({ code: 'NO_SUBSCRIPTION' });
    account.given(business, cancelled('business', 2)).when(changeTo('team')).thenRefused({ code: 'NO_SUBSCRIPTION' });
    account.given(business).when(changeTo('platinum')).thenRefused({ code: 'UNKNOWN_PLAN' });
    account.given(business).when(changeTo('classic')).thenRefused({ code: 'PLAN_RETIRED' });
    account.given(business, suspended).when(changeTo('team')).thenRefused({ code: 'ACCOUNT_SUSPENDED' });
    account
      .given(business, ...seat(4))
      .when(changeTo('starter'))
      .thenRefused({ code: 'SEAT_LIMIT', facts: { seats: 3, users: 4 } });
    account
      .given(activated({ ...charge('ch_1', 'business', 1), currency: 'GBP' }))
      .when(changeTo('team'))
      .thenRefused({ code: 'CURRENCY_NOT_SOLD' });
  });
});

describe('cancelling', () => {
  it('ends it at once, and once', () => {
    const done = changed(['business', 14_900], [null, 0], 'cancelled');
    account.given(business).when(cancel).then(done);
    account.given(business, done).when(cancel).then();
    account.given(business, suspended).when(cancel).then(done);
    account.given().when(cancel).thenRefused({ code: 'NO_SUBSCRIPTION' });
  });
});

describe('the standing of an account', () => {
  const [first] = seat(1) as [AccountEvent];
  const suspend = (reason: string, minute: number) =>
    ({ type: 'suspend', reason, by: 'u-operator', at: at(minute) }) as const;
  const reinstated: AccountEvent = { type: 'account.reinstated', payload: { reinstated_at: at(9) } };

  it('counts a user once', () => {
    const user = { userId: 'u-0', email: 'u-0@example.com' };
    account.given().when({ type: 'take-seat', user }).then(first);
    account.given(first).when({ type: 'take-seat', user }).then();
    const decider = accountDecider(plans);
    expect(seat(3).reduce(decider.evolve, decider.initialState()).seatsTaken).toBe(3);
  });

  it('is suspended since the first time, for the newest reason, until it is reinstated', () => {
    account.given().when(suspend('chargebacks', 0)).then(suspended);
    account.given(suspended).when(suspend('chargebacks', 5)).then();
    account
      .given(suspended)
      .when(suspend('fraud', 5))
      .then({ type: 'account.suspended', payload: { reason: 'fraud', suspended_at: at(0), by: 'u-operator' } });
    account
      .given(suspended)
      .when({ type: 'reinstate', at: at(9) })
      .then(reinstated);
    account
      .given()
      .when({ type: 'reinstate', at: at(9) })
      .then();
    account
      .given(suspended, reinstated)
      .when(suspend('fraud', 10))
      .then({ type: 'account.suspended', payload: { reason: 'fraud', suspended_at: at(10), by: 'u-operator' } });
  });
});

leakCheck();
