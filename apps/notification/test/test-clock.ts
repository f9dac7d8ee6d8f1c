/** A clock that runs with the real one and can be put forward. */
export interface TestClock {
  readonly now: () => number;
  readonly clock: () => Date;
  advance(ms: number): void;
}

/** Starts at the real time. */
export function createTestClock(): TestClock {
  let offset = 0;
  const now = () => Date.now() + offset;
  return {
    now,
    clock: () => new Date(now()),
    advance(ms) {
      offset += ms;
    },
  };
}
