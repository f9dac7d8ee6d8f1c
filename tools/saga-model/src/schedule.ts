import { type Choices, createChoices } from './choices.ts';
import { createRuns, type Ended, type Run } from './runs.ts';
import type { Scenario } from './scenario.ts';
import { fateOf, handling, type Task } from './tasks.ts';
import { accountId, createWorld, type Defect, type World } from './world.ts';

/** What is left when nothing is under way any more. */
export interface Rest {
  readonly world: World;
  readonly deadLetters: readonly string[];
  /** What happened, for a person who looks for the reason of a failure. */
  readonly story: readonly string[];
}

/** How often a schedule may be unkind. After that it is fair, and must come to rest. */
const unkindness = { deaths: 6, copies: 6 };
const mostAtOnce = 4;
const mostSteps = 4_000;

/** Lets a scenario run in the order that its choices say; what they leave open is done in a fair one. Rejects when it never rests. */
export async function play(scenario: Scenario, defect?: Defect): Promise<Rest> {
  const choices = createChoices(scenario.choices);
  const world = createWorld(scenario, choices, defect);
  const schedule = createSchedule(world, scenario, choices);
  for (let steps = 0; steps < mostSteps; steps += 1) {
    const moves = schedule.moves();
    if (moves.length === 0) return { world, deadLetters: schedule.deadLetters, story: schedule.story };
    const [name, move] = moves[choices.pick(moves.length)]!;
    schedule.story.push(name);
    await move();
    schedule.assertWell();
  }
  throw new Error(`no rest after ${mostSteps} steps; the last were:\n${schedule.story.slice(-60).join('\n')}`);
}

type Move = readonly [name: string, move: () => unknown];

function createSchedule(world: World, scenario: Scenario, choices: Choices) {
  const { network, provider, billing } = world;
  const runs = createRuns();
  const started = new Map<Run, Task>();
  const todo: Task[] = [...world.requests];
  const deeds = [...scenario.deeds];
  const deadLetters: string[] = [];
  const story: string[] = [];
  const left = { ...unkindness };
  let broken: unknown;

  const mayCopy = () => left.copies > 0 && !choices.exhausted;
  const start = async (task: Task): Promise<void> => {
    const ended = ({ error }: Ended) => {
      try {
        const fate = fateOf(error);
        if (fate === 'dead letter') deadLetters.push(`${task.name}: ${(error as Error).message}`);
        if (fate === 'again') todo.push(task);
        // It has ended well, and dies before it can say so.
        else if (mayCopy() && choices.chance(8) && left.copies-- > 0) todo.push(task);
      } catch (defect) {
        broken ??= defect;
      }
    };
    started.set(await runs.start(task.name, task.work, ended), task);
  };
  const kill = (run: Run, when: 'before' | 'after') => async () => {
    left.deaths -= 1;
    const task = started.get(run);
    started.delete(run);
    await runs.kill(run, when, 0);
    if (task) todo.push(task);
  };

  /** Fair ones first: they are what is chosen when nothing else is. */
  function moves(): Move[] {
    const found: Move[] = [];
    const waiting = runs.waiting();
    for (const run of waiting) {
      const step = `${run.name}: ${run.steps[0]!.what}`;
      found.push([step, () => runs.advance(run, 0)], [step, () => runs.advance(run, 0)]);
    }
    for (const chargeId of provider.undecided()) {
      found.push([`provider accepts ${chargeId}`, () => provider.decide(chargeId, true)]);
      if (!choices.exhausted) found.push([`provider refuses ${chargeId}`, () => provider.decide(chargeId, false)]);
    }
    if (waiting.length < mostAtOnce) for (const chargeId of billing.due()) found.push(sweep(chargeId));
    for (const row of network.outbox) {
      const what = `publish ${row.event} ${row.version}`;
      found.push([what, () => network.publish(remove(network.outbox, row))]);
      if (mayCopy()) found.push([`${what}, unmarked`, () => left.copies-- && network.publish(row)]);
    }
    while (network.queued.length > 0) todo.push(handling(network.queued.pop()!, world));
    if (waiting.length < mostAtOnce) for (const task of todo) found.push([task.name, () => start(remove(todo, task))]);
    for (const deed of deeds) found.push([deed, () => begin(world.deed(remove(deeds, deed)))]);
    for (const late of provider.notices) {
      const task: Task = {
        name: `notice about ${late.about} ${late.chargeId}`,
        work: (io) => billing.hear(billing.processOver(io), late),
      };
      found.push([task.name, () => todo.push((remove(provider.notices, late), task))]);
      if (mayCopy()) found.push([`${task.name}, a copy`, () => left.copies-- && todo.push(task)]);
    }
    if (!choices.exhausted) found.push(...unkindMoves(waiting));
    return found;
  }

  function sweep(chargeId: string): Move {
    // A sweep is repeated by the next one, whatever becomes of it.
    const work: Task['work'] = (io) => billing.sweep(billing.processOver(io), accountId, chargeId);
    return [`sweep ${chargeId}`, () => runs.start(`sweep ${chargeId}`, work, ({ error }) => void noteDefect(error))];
  }

  function noteDefect(error: unknown): void {
    try {
      fateOf(error);
    } catch (defect) {
      broken ??= defect;
    }
  }

  const begin = (task: Task | undefined): void => void (task && todo.push(task));

  function unkindMoves(waiting: readonly Run[]): Move[] {
    return waiting.flatMap((run): Move[] => {
      const task = started.get(run);
      const deaths: Move[] = (['before', 'after'] as const).map((when) => [
        `${run.name} dies ${when} ${run.steps[0]!.what}`,
        kill(run, when),
      ]);
      // Its visibility timeout is over while it is still at work.
      const shownAgain: Move = [`${run.name} is shown again`, () => left.copies-- && todo.push(task!)];
      return [...(left.deaths > 0 ? deaths : []), ...(task && left.copies > 0 ? [shownAgain] : [])];
    });
  }

  return {
    ...{ moves, deadLetters, story },
    assertWell(): void {
      if (broken !== undefined) throw broken;
    },
  };
}

function remove<T>(from: T[], item: T): T {
  from.splice(from.indexOf(item), 1);
  return item;
}
