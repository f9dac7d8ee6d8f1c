import fc from 'fast-check';
import { leakCheck } from '@atlas/testing';
import { endStates } from './end-states.ts';
import { factsAreTrue } from './facts.ts';
import { type Scenario, scenarios } from './scenario.ts';
import { play } from './schedule.ts';
import type { Defect } from './world.ts';

// A command that loses a race pauses before it loads again; here the schedule decides when it goes on.
jest.mock('node:timers/promises', () => ({ setTimeout: () => Promise.resolve() }));

// A process that dies takes its timers with it. No time passes here, so none of them would ever be over.
beforeAll(
  () => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'Date', 'performance'] }),
);
afterAll(() => void jest.useRealTimers());

const numRuns = Number(process.env['SAGA_SCHEDULES'] ?? 2_000);

/** Plays a scenario and throws, with the whole story, when it does not end as every scenario must. */
async function holds(scenario: Scenario, defect?: Defect) {
  const rest = await play(scenario, defect);
  try {
    const ends = await endStates(rest.world, scenario);
    expect(rest.deadLetters).toEqual([]);
    factsAreTrue(rest.world, scenario, ends);
    return { ends: [...ends.values()], story: rest.story };
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${rest.story.join('\n')}`, { cause: error });
  }
}

describe('the saga of a charge, with the code of billing and subscription, in any order', () => {
  test(`ends in exactly one of three states, in ${numRuns} schedules`, async () => {
    const seen = new Map<string, number>();
    const property = fc.asyncProperty(scenarios, async (scenario) => {
      const { ends, story } = await holds(scenario);
      const unkind = story.flatMap(
        (line) => / dies before | dies after | is shown again|, unmarked/.exec(line)?.[0] ?? [],
      );
      for (const what of [...ends, ...unkind]) seen.set(what, (seen.get(what) ?? 0) + 1);
    });
    // A failure is made smaller, but not for longer than this.
    await fc.assert(property, { numRuns, interruptAfterTimeLimit: 600_000 });
    // A model in which nothing happens would hold, too.
    const ends = ['active, charged once', 'not active, nothing kept', 'parked, for an operator'];
    const unkind = [' dies before ', ' dies after ', ' is shown again', ', unmarked'];
    for (const what of [...ends, ...unkind]) expect([what, (seen.get(what) ?? 0) > numRuns / 50]).toEqual([what, true]);
  }, 900_000);

  test.each<Defect>(['forgetful provider', 'forgetful subscription'])(
    'a %s is found out',
    async (defect) => {
      const property = fc.asyncProperty(scenarios, async (scenario) => void (await holds(scenario, defect)));
      const found = fc.assert(property, { numRuns: 2_000, endOnFailure: true });
      await expect(found).rejects.toThrow(/Property failed/);
    },
    300_000,
  );
});

leakCheck();
