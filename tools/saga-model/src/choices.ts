/** Decisions of a random schedule, out of a list that a property-based test can shrink. */
export interface Choices {
  /** The list is used up: from now on every choice is the first. */
  readonly exhausted: boolean;
  /** A number from 0 to `count - 1`. */
  pick(count: number): number;
  /** True in one of `outOf` cases, and never when the list is used up. */
  chance(outOf: number): boolean;
}

/** Makes choices of these numbers, in order. */
export function createChoices(numbers: readonly number[]): Choices {
  let next = 0;
  const pick = (count: number): number => (next < numbers.length ? numbers[next++]! % count : 0);
  return {
    get exhausted() {
      return next >= numbers.length;
    },
    pick,
    chance: (outOf) => next < numbers.length && pick(outOf) === outOf - 1,
  };
}
