import { type Decider, fold } from './decider.ts';

/** What a refused command throws: its class, or some of its properties, such as `{ code: 'ALREADY_CHARGED' }`. */
export type Refusal = (new (...args: never[]) => Error) | Readonly<Record<string, unknown>>;

export interface Outcome<State, Event> {
  /** Exactly these events were decided, in this order; none means that there was nothing to do. */
  then(...events: Event[]): void;
  /** The command is refused, and nothing has happened. */
  thenRefused(refusal: Refusal): void;
  /** The state afterwards, for what other code reads from it. */
  thenState(state: State): void;
}

export interface Specification<State, Command, Event> {
  /** What had happened before, in order; nothing for a new stream. */
  given(...history: Event[]): { when(command: Command): Outcome<State, Event> };
}

/**
 * The grammar of domain tests: given these events, when this command, then these events. Runs in Jest. What is decided is
 * also folded, because an event that `evolve` cannot take would be found only after it was stored.
 * @example
 * const account = specificationOf(accountDecider);
 * it('reverses a charge once', () =>
 *   account.given(requested, succeeded, reversed).when({ type: 'reverse', chargeId }).then());
 */
export function specificationOf<State, Command, Event>(
  decider: Decider<State, Command, Event>,
): Specification<State, Command, Event> {
  return {
    given: (...history) => ({
      when(command) {
        const before = fold(decider, history);
        const decide = () => decider.decide(command, before);
        return {
          then(...events) {
            const decided = decide();
            expect(decided).toEqual(events);
            fold(decider, decided, before);
          },
          thenRefused(refusal) {
            const thrown = errorOf(decide);
            if (typeof refusal === 'function') expect(thrown).toBeInstanceOf(refusal);
            else expect(thrown).toMatchObject(refusal);
          },
          thenState(state) {
            expect(fold(decider, decide(), before)).toEqual(state);
          },
        };
      },
    }),
  };
}

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('The command was to be refused, but was accepted.');
}
