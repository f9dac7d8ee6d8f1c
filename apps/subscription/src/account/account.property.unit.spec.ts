import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { plans } from '../plans/plans.domain.ts';
import { RejectedError } from '../rejected.domain.ts';
import { type AccountCommand, accountDecider } from './account.decider.domain.ts';
import type { Account, AccountEvent } from './account.domain.ts';
import { ada, at, charge } from './account.fixture.ts';
import { announce } from './announced.domain.ts';

const decider = accountDecider(plans);
const chargeIds = ['ch_0', 'ch_1', 'ch_2', 'ch_3', 'ch_4'];
const minute = fc.integer({ min: 0, max: 59 });
const chargeId = fc.constantFrom(...chargeIds);
const planId = fc.constantFrom('starter', 'team', 'business', 'classic', 'nothing');

/** A charge is the same whenever it is told of, except to those who lie: its plan and time come from its id. */
const paid = (id: string) => {
  const n = chargeIds.indexOf(id);
  const day = new Date(Date.UTC(2026, 10 + (n % 3), 22, 8, n)).toISOString();
  const base = charge(id, ['starter', 'team', 'team', 'business', 'classic'][n]!, n);
  return { ...base, requestedAt: day, chargedAt: day, currency: n === 3 ? 'USD' : 'EUR' };
};

const command: fc.Arbitrary<AccountCommand> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(chargeId, fc.uuid()).map(activation) },
  { weight: 3, arbitrary: fc.tuple(chargeId, minute).map(reversal) },
  { weight: 2, arbitrary: fc.tuple(planId, minute).map(([to, m]) => change(to, m)) },
  { weight: 1, arbitrary: minute.map((m) => ({ type: 'cancel' as const, by: ada, at: at(m) })) },
  { weight: 1, arbitrary: fc.tuple(fc.lorem(), minute).map(suspension) },
  { weight: 1, arbitrary: minute.map((m) => ({ type: 'reinstate' as const, at: at(m) })) },
  { weight: 2, arbitrary: fc.nat(6).map((n) => ({ type: 'take-seat' as const, user: { ...ada, userId: `u-${n}` } })) },
);

function activation([id, sub]: [string, string]): AccountCommand {
  return { type: 'activate', charge: paid(id), newSubscriptionId: `sub_${sub}` };
}
function reversal([id, m]: [string, number]): AccountCommand {
  return { type: 'note-reversal', chargeId: id, reversedAt: at(m), payer: ada };
}
function change(to: string, m: number): AccountCommand {
  return { type: 'change-plan', planId: to, by: ada, at: at(m) };
}
function suspension([reason, m]: [string, number]): AccountCommand {
  return { type: 'suspend', reason, by: 'u-operator', at: at(m) };
}

/** Carries commands out one after the other; what is refused changes nothing. */
function run(
  commands: readonly AccountCommand[],
  each: (before: Account, events: AccountEvent[], after: Account) => void,
) {
  let account = decider.initialState();
  for (const one of commands) {
    const events = decided(one, account);
    const after = events.reduce(decider.evolve, account);
    each(account, events, after);
    account = after;
  }
  return account;
}

function decided(one: AccountCommand, account: Account): AccountEvent[] {
  try {
    return decider.decide(one, account);
  } catch (error) {
    if (error instanceof RejectedError) return [];
    throw error;
  }
}

const histories = fc.array(command, { maxLength: 60 });
const runs = { numRuns: 2_000 };

it('an outcome, once recorded, stays for ever; only its reversal is noted', () => {
  fc.assert(
    fc.property(histories, (commands) => {
      run(commands, (before, _events, after) => {
        for (const [id, { reversedAt, ...outcome }] of before.outcomes) {
          const now = after.outcomes.get(id)!;
          expect(now).toMatchObject(outcome);
          if (reversedAt !== undefined) expect(now.reversedAt).toBe(reversedAt);
        }
      });
    }),
    runs,
  );
});

it('a charge is answered once, and one whose reversal came first never', () => {
  fc.assert(
    fc.property(histories, (commands) => {
      const answers: string[] = [];
      const account = run(commands, (before, events) => {
        for (const { event } of announce(before, events)) {
          if (event.type !== 'subscription.changed') answers.push(event.payload.charge_id);
        }
      });
      expect(new Set(answers).size).toBe(answers.length);
      const open = [...account.outcomes].filter(([, { kind }]) => kind !== 'reversed-first').map(([id]) => id);
      expect([...answers].sort()).toEqual(open.sort());
    }),
    runs,
  );
});

it('what is active is paid by a charge that activated it and was not given back', () => {
  fc.assert(
    fc.property(histories, (commands) => {
      run(commands, (_before, _events, { subscription, outcomes }) => {
        if (subscription?.status !== 'active') return;
        const outcome = outcomes.get(subscription.paidBy.chargeId);
        expect(outcome).toEqual({ kind: 'activated', subscriptionId: subscription.subscriptionId });
        expect(subscription.priceCents).toBeLessThanOrEqual(subscription.paidBy.amountCents);
      });
    }),
    runs,
  );
});

it('the events about a subscription are numbered without a gap', () => {
  fc.assert(
    fc.property(histories, (commands) => {
      const seen = new Map<string, number>();
      run(commands, (before, events) => {
        for (const { event, subject, sequence } of announce(before, events)) {
          if (event.type === 'subscription.activation_failed') continue;
          expect(sequence).toBe((seen.get(subject) ?? 0) + 1);
          seen.set(subject, sequence);
        }
      });
    }),
    runs,
  );
});

it('a command that is repeated at once does nothing more', () => {
  fc.assert(
    fc.property(histories, command, (commands, last) => {
      const account = run([...commands, last], () => {});
      expect(decided(last, account)).toEqual([]);
    }),
    runs,
  );
});

leakCheck();
