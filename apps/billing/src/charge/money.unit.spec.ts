import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import { commands } from '../../test/random-history.ts';
import type { AccountEvent } from './account-events.domain.ts';
import { accountDecider, accountSchema } from './account.domain.ts';
import { RejectedError } from './rejected.domain.ts';

const { initialState, decide, evolve } = accountDecider;

/** Runs commands that may contradict each other; what is refused changes nothing. */
function run(history: Parameters<typeof decide>[0][]) {
  let state = initialState();
  const events: AccountEvent[] = [];
  for (const command of history) {
    try {
      const decided = decide(command, state);
      events.push(...decided);
      state = decided.reduce(evolve, state);
      // Whatever was decided, deciding it again decides nothing, but for a refusal that says no number.
      if (!(command.type === 'RecordRefusal' && command.attempt === undefined)) {
        expect(again(command, state)).toEqual([]);
      }
    } catch (error) {
      if (!(error instanceof RejectedError)) throw error;
    }
  }
  return { state, events };
}

function again(command: Parameters<typeof decide>[0], state: ReturnType<typeof initialState>) {
  return decide(command, state).filter(({ type }) => type !== 'reversal.requested' || command.type !== 'RetryReversal');
}

it('whatever is said in whatever order: money is taken once, given back once for each refund that held, and never given back before it was taken', () => {
  fc.assert(
    fc.property(commands, (history) => {
      const { state, events } = run(history);
      expect(accountSchema.parse(JSON.parse(JSON.stringify(state)))).toEqual(state);
      for (const [id, charge] of Object.entries(state.charges)) {
        const types = events.filter(({ payload }) => payload.charge_id === id).map(({ type }) => type);
        const count = (type: AccountEvent['type']) => types.filter((found) => found === type).length;
        expect(types[0]).toBe('charge.requested');
        for (const once of ['charge.requested', 'charge.succeeded', 'charge.failed', 'charge.confirmed'] as const) {
          expect(count(once)).toBeLessThanOrEqual(1);
        }
        expect(count('charge.succeeded') + count('charge.failed')).toBeLessThanOrEqual(1);
        expect(charge.status === 'reversed').toBe(types.at(-1) === 'charge.reversed');
        // Between two times that the money was back, somebody has heard that it was not.
        const ends = types.filter((type) => type === 'charge.reversed' || type === 'reversal.parked');
        expect(ends.join()).not.toContain('charge.reversed,charge.reversed');
        const failedRefunds = events.flatMap((event) =>
          event.type === 'reversal.refused' && event.payload.charge_id === id
            ? (event.payload.refund_reference ?? [])
            : [],
        );
        expect(new Set(failedRefunds).size).toBe(failedRefunds.length);
        if (charge.status === 'reversed') expect(failedRefunds).not.toContain(charge.refundReference);
        if (count('charge.reversed') > 0) {
          expect(count('charge.succeeded') + count('reversal.requested')).toBeGreaterThan(0);
        }
        const attempts = events.flatMap((event) =>
          event.type === 'reversal.refused' && event.payload.charge_id === id ? [event.payload.attempt] : [],
        );
        expect(attempts).toEqual(attempts.map((_, index) => index + 1));
      }
    }),
    { numRuns: 2_000 },
  );
});

leakCheck();
