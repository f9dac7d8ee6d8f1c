import { fold } from '@atlas/event-store';
import { specificationOf } from '@atlas/event-store/specification';
import { leakCheck } from '@atlas/testing';
import { aCharge, facts } from '../../test/charges.ts';
import type { AccountEvent } from './account-events.domain.ts';
import { type Account, type AccountCommand, accountDecider, accountSchema, isUnresolved } from './account.domain.ts';
import { RejectedError } from './rejected.domain.ts';

const account = specificationOf<Account, AccountCommand, AccountEvent>(accountDecider);
const { chargeId } = aCharge;
const request: AccountCommand = { type: 'RequestCharge', charge: aCharge };
const succeed: AccountCommand = {
  ...{ type: 'RecordSuccess', chargeId, reference: 'pi_1' },
  ...{ chargedAt: '2026-11-22T08:37:01.480Z', now: '2026-11-22T08:37:01.500Z' },
};
const decline: AccountCommand = { type: 'RecordDecline', chargeId, reason: 'card_declined' };
const confirm: AccountCommand = { type: 'ConfirmCharge', chargeId, subscriptionId: 'sub_1' };
const reverse: AccountCommand = { type: 'RequestReversal', chargeId, reason: 'plan_retired' };
const refund: AccountCommand = {
  ...{ type: 'RecordRefund', chargeId, reference: 're_1' },
  refundedAt: '2026-11-22T08:37:02.900Z',
};
const refuse = (attempt?: number, maxAttempts = 3): AccountCommand => ({
  ...{ type: 'RecordRefusal', chargeId, refusal: 'charge_disputed', maxAttempts },
  ...(attempt === undefined ? {} : { attempt }),
});
const retry: AccountCommand = { type: 'RetryReversal', chargeId };

const { requested, succeeded, failed, confirmed, deferred, reversalRequested, refused, parked, reversed } = facts;
const refusedRefund = (attempt: number, reference: string) =>
  ({
    type: 'reversal.refused',
    payload: { ...refused(attempt).payload, refund_reference: reference },
  }) as AccountEvent;
const reversedBy = (reference: string) =>
  ({ type: 'charge.reversed', payload: { ...reversed().payload, refund_reference: reference } }) as AccountEvent;
const histories: Record<string, AccountEvent[]> = {
  requested: [requested()],
  'requested, reversal deferred': [requested(), deferred()],
  failed: [requested(), failed()],
  succeeded: [requested(), succeeded()],
  confirmed: [requested(), succeeded(), confirmed()],
  reversing: [requested(), succeeded(), reversalRequested()],
  reversal_parked: [requested(), succeeded(), reversalRequested(), refused(1), parked(1)],
  reversed: [requested(), succeeded(), reversalRequested(), reversed()],
};

describe('a charge', () => {
  it('is requested once, however often it is wished for', () => {
    account.given().when(request).then(requested());
    for (const history of Object.values(histories))
      account
        .given(...history)
        .when(request)
        .then();
  });

  it('succeeds or fails as the provider says, and the first word is the last', () => {
    account.given(requested()).when(succeed).then(succeeded());
    account.given(requested()).when(decline).then(failed());
    for (const state of ['succeeded', 'confirmed', 'reversing', 'reversal_parked', 'reversed']) {
      account
        .given(...histories[state]!)
        .when(succeed)
        .then();
      account
        .given(...histories[state]!)
        .when(decline)
        .then();
    }
    account.given(requested(), failed()).when(decline).then();
  });

  it('that a second payment has taken as well is not passed over', () => {
    for (const state of ['succeeded', 'confirmed', 'reversing', 'reversal_parked', 'reversed']) {
      account
        .given(...histories[state]!)
        .when({ ...succeed, reference: 'pi_2' } as AccountCommand)
        .thenRefused({ code: 'CHARGE_CONTRADICTED', message: expect.stringContaining('payment pi_2') });
    }
  });

  it('of which everybody was told that no money has moved is given back when it has', () => {
    const backAgain = reversalRequested('charged_after_failure');
    account.given(requested(), failed()).when(succeed).then(backAgain);
    account.given(requested(), failed(), backAgain).when(succeed).then();
    account.given(requested(), failed(), backAgain).when(refund).then(reversed('charged_after_failure'));
  });

  it('has a reason that the contract takes, whatever the provider says', () => {
    account
      .given(requested())
      .when({ ...decline, reason: '  ' })
      .then(failed('no reason given'));
    account
      .given(requested())
      .when({ ...decline, reason: 'x'.repeat(5_000) })
      .then(failed('x'.repeat(1_000)));
  });

  it('is confirmed once', () => {
    account.given(requested(), succeeded()).when(confirm).then(confirmed());
    account.given(requested(), succeeded(), confirmed()).when(confirm).then();
  });
});

describe('a reversal', () => {
  it('is requested once', () => {
    account.given(requested(), succeeded()).when(reverse).then(reversalRequested());
    for (const state of ['reversing', 'reversal_parked', 'reversed']) {
      account
        .given(...histories[state]!)
        .when(reverse)
        .then();
    }
  });

  it('that is heard of before the provider has answered waits for the answer', () => {
    account.given(requested()).when(reverse).then(deferred());
    account.given(requested(), deferred()).when(reverse).then();
    account.given(requested(), deferred()).when(succeed).then(succeeded(), reversalRequested());
    account.given(requested(), deferred()).when(decline).then(failed());
  });

  it('of a charge that has failed has nothing to give back', () => {
    account.given(requested(), failed()).when(reverse).then();
  });

  it('is done once', () => {
    account
      .given(...histories['reversing']!)
      .when(refund)
      .then(reversed());
    account
      .given(...histories['reversed']!)
      .when(refund)
      .then();
  });

  it('that is refused is tried again, and parked after the last attempt', () => {
    const history = histories['reversing']!;
    account
      .given(...history)
      .when(refuse(1))
      .then(refused(1));
    account
      .given(...history, refused(1))
      .when(refuse(2))
      .then(refused(2));
    account
      .given(...history, refused(1), refused(2))
      .when(refuse(3))
      .then(refused(3), parked(3));
    account
      .given(...history)
      .when(refuse(1, 1))
      .then(refused(1), parked(1));
  });

  it('counts an answer once, also when two replicas have got it', () => {
    account
      .given(...histories['reversing']!, refused(1))
      .when(refuse(1))
      .then();
    account
      .given(...histories['reversing']!, refused(1))
      .when(refuse())
      .then(refused(2));
    account
      .given(...histories['reversal_parked']!)
      .when(refuse(2))
      .then();
    // One replica was slow to note a refusal, and the next attempt has succeeded meanwhile.
    account
      .given(...histories['reversed']!)
      .when(refuse(1))
      .then();
  });

  it('counts a refund that was refused once, also when the provider tells of it by itself, before or after its answer', () => {
    const before = histories['reversing']!;
    const named: AccountEvent = {
      type: 'reversal.refused',
      payload: { ...refused(1).payload, refund_reference: 're_0' },
    } as AccountEvent;
    const answer = { ...refuse(1), reference: 're_0' } as AccountCommand;
    const notice = { ...refuse(), reference: 're_0' } as AccountCommand;
    for (const first of [answer, notice])
      account
        .given(...before)
        .when(first)
        .then(named);
    for (const second of [answer, notice])
      account
        .given(...before, named)
        .when(second)
        .then();
    const later = { ...named, payload: { ...named.payload, attempt: 2, refund_reference: 're_2' } } as AccountEvent;
    account
      .given(...before, named)
      .when({ ...notice, reference: 're_2' } as AccountCommand)
      .then(later);
    account
      .given(...before, named, reversed())
      .when(notice)
      .then();
  });

  it('is not done by a refund that has failed, when the provider’s notices come in the wrong order', () => {
    const failedRefund = refusedRefund(1, 're_1');
    for (const history of [
      [...histories['reversing']!, failedRefund],
      [...histories['reversing']!, failedRefund, parked(1)],
      [...histories['reversing']!, failedRefund, parked(1), reversalRequested()],
    ]) {
      account
        .given(...history)
        .when(refund)
        .then();
      account
        .given(...history)
        .when({ ...refund, reference: 're_2' } as AccountCommand)
        .then(reversedBy('re_2'));
    }
  });

  it('that everybody was told is done is parked when its refund fails afterwards, and has attempts left', () => {
    const fails = { ...refuse(), reference: 're_1' } as AccountCommand;
    const back = [...histories['reversing']!, refusedRefund(1, 're_0'), reversed()];
    const undone = [refusedRefund(2, 're_1'), parked(2)];
    account
      .given(...back)
      .when(fails)
      .then(...undone);
    // The answer to our own call may say so first, with its number.
    account
      .given(...back)
      .when({ ...fails, attempt: 2 } as AccountCommand)
      .then(...undone);
    for (const overtaken of [fails, refund, reverse, succeed])
      account
        .given(...back, ...undone)
        .when(overtaken)
        .then();
    account
      .given(...back, ...undone)
      .when(retry)
      .then(reversalRequested());
    const again = [...back, ...undone, reversalRequested()];
    account
      .given(...again)
      .when(refuse(3))
      .then(refused(3));
    account
      .given(...again)
      .when({ ...refund, reference: 're_3' } as AccountCommand)
      .then(reversedBy('re_3'));
    // What is told of another refund, or of this one once more, is late.
    for (const reference of ['re_0', 're_1', 're_2'])
      account
        .given(...again, reversedBy('re_3'))
        .when({ ...fails, reference } as AccountCommand)
        .then();
  });

  it('at the provider, by hand, that fails is no attempt', () => {
    for (const state of ['succeeded', 'confirmed', 'reversing', 'reversal_parked'])
      account
        .given(...histories[state]!)
        .when({ ...refuse(), reference: 're_1', byHand: true } as AccountCommand)
        .then();
  });

  it('at the provider, by hand, that fails after everybody was told of it is parked as well', () => {
    const back = [requested(), succeeded(), confirmed(), reversed('refunded_at_provider')];
    const reason = { reason: 'refunded_at_provider' };
    const undone = [refusedRefund(1, 're_1'), parked(1)].map(
      (event) => ({ ...event, payload: { ...event.payload, ...reason } }) as AccountEvent,
    );
    account
      .given(...back)
      .when({ ...refuse(), reference: 're_1', byHand: true } as AccountCommand)
      .then(...undone);
    account
      .given(...back, ...undone)
      .when(confirm)
      .then();
    account
      .given(...back, ...undone)
      .when(retry)
      .then(reversalRequested('refunded_at_provider'));
  });

  it('that was parked is tried again when an operator says so, with attempts of its own and numbers that go on', () => {
    const before = histories['reversal_parked']!;
    account
      .given(...before)
      .when(retry)
      .then(reversalRequested());
    account
      .given(...before, reversalRequested())
      .when(retry)
      .then();
    account
      .given(...before, reversalRequested())
      .when(refuse(2, 2))
      .then(refused(2));
    account
      .given(...before, reversalRequested(), refused(2))
      .when(refuse(3, 2))
      .then(refused(3), parked(3));
    account
      .given(...histories['reversed']!)
      .when(retry)
      .then();
    for (const state of ['requested', 'failed', 'succeeded', 'confirmed']) {
      account
        .given(...histories[state]!)
        .when(retry)
        .thenRefused({ code: 'REVERSAL_NOT_PARKED' });
    }
  });

  it('that was parked is over when the provider has given the money back by itself', () => {
    account
      .given(...histories['reversal_parked']!)
      .when(refund)
      .then(reversed());
  });

  it('at the provider, by hand, is a reversal', () => {
    for (const state of ['succeeded', 'confirmed']) {
      account
        .given(...histories[state]!)
        .when(refund)
        .then(reversed('refunded_at_provider'));
    }
    // What the subscription says of it comes later.
    const byHand = [requested(), succeeded(), reversed('refunded_at_provider')];
    account
      .given(...byHand)
      .when(confirm)
      .then();
    account
      .given(...byHand)
      .when(reverse)
      .then();
  });
});

describe('what cannot be', () => {
  const impossible: [string, string, AccountCommand][] = [
    ['requested', 'activated', confirm],
    ['requested, reversal deferred', 'activated', confirm],
    ['failed', 'activated', confirm],
    ['confirmed', 'activated as another subscription', { ...confirm, subscriptionId: 'sub_2' }],
    ['confirmed', 'not activated', reverse],
    ['reversing', 'activated', confirm],
    ['reversal_parked', 'activated', confirm],
    ['reversed', 'activated', confirm],
    ['requested', 'given back', refund],
    ['failed', 'given back', refund],
    ['reversed', 'not given back', refuse()],
  ];
  it.each(impossible)('is not guessed about: %s, and %s', (state, _heard, command) => {
    account
      .given(...histories[state]!)
      .when(command)
      .thenRefused({ code: 'CHARGE_CONTRADICTED' });
  });

  it.each([succeed, decline, confirm, reverse, refund, refuse(), retry])('$type of a charge of nobody', (command) => {
    account.given().when(command).thenRefused({ code: 'CHARGE_NOT_FOUND' });
    const foreign = { ...command, chargeId: 'ch_of_somebody_else' } as AccountCommand;
    account.given(requested()).when(foreign).thenRefused(RejectedError);
    account
      .given(requested())
      .when({ ...command, chargeId: '__proto__' } as AccountCommand)
      .thenRefused(RejectedError);
  });
});

describe('the state', () => {
  it.each(Object.entries(histories))('of a charge that is %s is what a snapshot keeps', (name, history) => {
    const state = fold(accountDecider, history);
    expect(accountSchema.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
    expect(state.charges[chargeId]!.status).toBe(name.split(',')[0]);
  });

  it('of one charge does not touch another', () => {
    const other = { ...aCharge, chargeId: 'ch_other' };
    const both = [
      ...histories['confirmed']!,
      ...accountDecider.decide({ type: 'RequestCharge', charge: other }, fold(accountDecider, histories['confirmed']!)),
    ];
    expect(fold(accountDecider, both).charges).toMatchObject({
      [chargeId]: { status: 'confirmed' },
      ch_other: { status: 'requested' },
    });
  });

  it('is unresolved when a charge has heard nothing for too long', () => {
    const at = (time: string) => new Date(time);
    const charge = fold(accountDecider, histories['succeeded']!).charges[chargeId]!;
    expect(isUnresolved(charge, at('2026-11-22T08:37:02.499Z'), 1_000)).toBe(false);
    expect(isUnresolved(charge, at('2026-11-22T08:37:02.500Z'), 1_000)).toBe(true);
    const resolved = fold(accountDecider, histories['confirmed']!).charges[chargeId]!;
    expect(isUnresolved(resolved, at('2027-01-01T00:00:00Z'), 1_000)).toBe(false);
  });
});

leakCheck();
