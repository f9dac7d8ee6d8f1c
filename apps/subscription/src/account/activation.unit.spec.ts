import { specificationOf } from '@atlas/event-store/specification';
import { leakCheck } from '@atlas/testing';
import { plans } from '../plans/plans.domain.ts';
import { accountDecider } from './account.decider.domain.ts';
import type { AccountEvent, FailureReason } from './account.domain.ts';
import type { ActivateSubscription, NoteReversal, PaidCharge } from './activation.domain.ts';
import { activated, ada, at, cancelled, charge, seat, suspended } from './account.fixture.ts';

const account = specificationOf(accountDecider(plans));
const activate = (paid: PaidCharge, newSubscriptionId = 'sub_new'): ActivateSubscription => ({
  type: 'activate',
  charge: paid,
  newSubscriptionId,
});
const reverse = (chargeId: string, minute = 30): NoteReversal => ({
  type: 'note-reversal',
  chargeId,
  reversedAt: at(minute),
  payer: ada,
});
const failed = (paid: PaidCharge, reason: FailureReason): AccountEvent => ({
  type: 'subscription.activation_failed',
  payload: {
    account_id: paid.accountId,
    plan_id: paid.planId,
    charge_id: paid.chargeId,
    reason,
    requested_at: paid.requestedAt,
  },
});
const noted = (chargeId: string, minute = 30): AccountEvent => ({
  type: 'charge.reversal_noted',
  payload: { charge_id: chargeId, reversed_at: at(minute) },
});
const team = charge('ch_team', 'team', 1);

describe('a charge that succeeded', () => {
  it('becomes a subscription, paid for a month from the moment of the charge', () => {
    account
      .given()
      .when(activate(team))
      .then({
        type: 'subscription.activated',
        payload: {
          subscription_id: 'sub_new',
          account_id: 'acc',
          plan_id: 'team',
          charge_id: 'ch_team',
          price_cents: 4900,
          currency: 'EUR',
          interval: 'month',
          period_start: team.chargedAt,
          period_end: '2026-12-22T08:01:05.000Z',
          user_id: 'u-ada',
          user_email: 'ada@example.com',
          requested_at: team.requestedAt,
        },
      });
  });

  it('is decided about once, whatever has happened since', () => {
    account.given(activated(team)).when(activate(team)).then();
    account.given(activated(team), cancelled('team', 9)).when(activate(team)).then();
    account.given(activated(team), suspended).when(activate(team)).then();
    account.given(failed(team, 'plan_retired')).when(activate(team)).then();
    account.given(suspended, failed(team, 'account_suspended'), reinstated()).when(activate(team)).then();
  });

  it('does not activate when its reversal came first', () => {
    account.given(noted('ch_team')).when(activate(team)).then();
    account.given(activated(team), noted('ch_team')).when(activate(team)).then();
  });

  it('never becomes what this service cannot give', () => {
    const gone = charge('ch_1', 'classic', 1);
    const never = charge('ch_1', 'platinum', 1);
    account.given().when(activate(gone)).then(failed(gone, 'plan_retired'));
    account.given().when(activate(never)).then(failed(never, 'plan_unknown'));
    account.given(suspended).when(activate(team)).then(failed(team, 'account_suspended'));
    account.given(suspended, reinstated()).when(activate(team)).then(activated(team, 'sub_new'));
  });

  it('needs a seat for every user of the account', () => {
    const starter = charge('ch_1', 'starter', 1);
    account
      .given(...seat(3))
      .when(activate(starter))
      .then(activated(starter, 'sub_new'));
    account
      .given(...seat(4))
      .when(activate(starter))
      .then(failed(starter, 'seat_limit'));
    account
      .given(...seat(4))
      .when(activate(team))
      .then(activated(team, 'sub_new'));
  });
});

describe('a charge while a subscription is active', () => {
  const starter = charge('ch_starter', 'starter', 1);

  it('is given back when it is for the same plan and the paid period runs', () => {
    const again = charge('ch_again', 'team', 2);
    account.given(activated(team)).when(activate(again)).then(failed(again, 'already_active'));
  });

  it('pays another period when it was made after the paid one', () => {
    const later = {
      ...charge('ch_later', 'team', 2),
      requestedAt: '2026-12-22T08:01:00Z',
      chargedAt: '2026-12-22T08:01:05Z',
    };
    account
      .given(activated(team))
      .when(activate(later))
      .then(activated(later, 'sub_1', 4900));
    account.given(activated(team), activated(later)).when(reverse('ch_team')).then(noted('ch_team'));
  });

  it('says what the period before cost, unless the subscription begins anew', () => {
    const dearer = { ...charge('ch_later', 'team', 2), requestedAt: '2026-12-22T08:01:00Z', amountCents: 5_500 };
    const paid = { ...dearer, chargedAt: '2026-12-22T08:01:05Z' };
    account
      .given(activated(team))
      .when(activate(paid))
      .then(activated(paid, 'sub_1', 4900));
    account.given(activated(team), cancelled('team', 3)).when(activate(paid)).then(activated(paid, 'sub_new'));
  });

  it('changes the plan when it is for another one, and pays a period of its own', () => {
    account
      .given(activated(starter))
      .when(activate(charge('ch_team', 'team', 2)))
      .then(activated(charge('ch_team', 'team', 2)), {
        type: 'subscription.changed',
        payload: {
          subscription_id: 'sub_1',
          account_id: 'acc',
          status: 'active',
          from_plan_id: 'starter',
          to_plan_id: 'team',
          from_price_cents: 1900,
          to_price_cents: 4900,
          currency: 'EUR',
          interval: 'month',
          from_interval: 'month',
          user_id: 'u-ada',
          user_email: 'ada@example.com',
          changed_at: at(2, 5),
        },
      });
  });

  it('is given back when a later request has been paid meanwhile: the order of arrival decides nothing', () => {
    const late = charge('ch_late', 'starter', 0);
    account.given(activated(team)).when(activate(late)).then(failed(late, 'superseded'));
  });

  it('is given back when it is in another currency', () => {
    const dollars = { ...charge('ch_usd', 'business', 2), currency: 'USD', amountCents: 16_500 };
    account.given(activated(team)).when(activate(dollars)).then(failed(dollars, 'currency_differs'));
    account
      .given(activated(team), cancelled('team', 2))
      .when(activate({ ...dollars, requestedAt: at(3) }))
      .then(activated({ ...dollars, requestedAt: at(3) }, 'sub_new'));
  });
});

describe('a charge after a cancellation', () => {
  it('begins a new subscription when it was asked for afterwards', () => {
    const later = charge('ch_later', 'team', 10);
    account.given(activated(team), cancelled('team', 9)).when(activate(later)).then(activated(later, 'sub_new'));
  });

  it('is given back when it was asked for before: nobody wants it any more', () => {
    const before = charge('ch_before', 'business', 8);
    account
      .given(activated(team), cancelled('team', 9))
      .when(activate(before))
      .then(failed(before, 'cancelled_meanwhile'));
  });
});

describe('a reversal', () => {
  it('ends the subscription whose current period the charge pays', () => {
    account
      .given(activated(team))
      .when(reverse('ch_team'))
      .then(noted('ch_team'), {
        type: 'subscription.changed',
        payload: {
          subscription_id: 'sub_1',
          account_id: 'acc',
          status: 'ended',
          from_plan_id: 'team',
          to_plan_id: null,
          from_price_cents: 4900,
          to_price_cents: 0,
          currency: 'EUR',
          interval: 'month',
          from_interval: 'month',
          user_id: 'u-ada',
          user_email: 'ada@example.com',
          changed_at: at(30),
        },
      });
  });

  it('of another charge ends nothing', () => {
    const business = charge('ch_business', 'business', 2);
    account.given(activated(team), activated(business)).when(reverse('ch_team')).then(noted('ch_team'));
    account.given(activated(team)).when(reverse('ch_other')).then(noted('ch_other'));
    account.given(activated(team), cancelled('team', 2)).when(reverse('ch_team')).then(noted('ch_team'));
    account.given(failed(team, 'seat_limit')).when(reverse('ch_team')).then(noted('ch_team'));
  });

  it('is noted once', () => {
    account.given(noted('ch_team')).when(reverse('ch_team', 31)).then();
    account.given(activated(team), noted('ch_team')).when(reverse('ch_team', 31)).then();
  });

  it('leaves the outcome that was recorded as it is', () => {
    const state = accountDecider(plans);
    const outcomeAfter = (...history: AccountEvent[]) =>
      history.reduce(state.evolve, state.initialState()).outcomes.get('ch_team');
    expect(outcomeAfter(failed(team, 'seat_limit'), noted('ch_team'))).toEqual({
      kind: 'failed',
      reason: 'seat_limit',
      reversedAt: at(30),
    });
    expect(outcomeAfter(activated(team), noted('ch_team'))).toMatchObject({ kind: 'activated', reversedAt: at(30) });
    expect(outcomeAfter(noted('ch_team'))).toEqual({ kind: 'reversed-first', reversedAt: at(30) });
  });
});

function reinstated(): AccountEvent {
  return { type: 'account.reinstated', payload: { reinstated_at: at(20) } };
}

leakCheck();
