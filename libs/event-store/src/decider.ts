/**
 * A domain as three pure functions (Jérémie Chassaing, "Functional Event Sourcing Decider"). `decide` says which events a
 * command leads to, or throws why it is refused; `evolve` folds one event into the state and never refuses: it happened.
 */
export interface Decider<State, Command, Event> {
  initialState(): State;
  decide(command: Command, state: State): readonly Event[];
  evolve(state: State, event: Event): State;
}

/** The state after these events, from the beginning or from a state in between. */
export function fold<State, Event>(
  { initialState, evolve }: Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>,
  events: Iterable<Event>,
  from: State = initialState(),
): State {
  let state = from;
  for (const event of events) state = evolve(state, event);
  return state;
}
