import { AsyncLocalStorage } from 'node:async_hooks';

/** A step of a run outside its process: what it asks of a store or of somebody else. */
interface Step {
  readonly what: string;
  /** Takes effect. */
  readonly perform: () => Promise<unknown>;
  /** Takes effect, and the run gets the answer. */
  readonly proceed: () => Promise<void>;
}

/** Everything that a run does outside its process goes through here, and waits until the schedule lets it. */
export type Io = <T>(what: string, effect: () => T | Promise<T>) => Promise<T>;

export interface Run {
  readonly name: string;
  readonly steps: Step[];
}

export interface Ended {
  /** Undefined when it went well. */
  readonly error?: unknown;
}

/** Pieces of work in processes that may stand still or die at each of their steps. */
export interface Runs {
  /** Begins a piece of work; `onEnd` is told when it has ended by itself, never when its process has died. */
  start(name: string, work: (io: Io) => Promise<unknown>, onEnd: (ended: Ended) => void): Promise<Run>;
  /** Those that wait for a step. */
  waiting(): readonly Run[];
  /** Lets a run make a step. */
  advance(run: Run, step: number): Promise<void>;
  /** Its process dies: before what it has asked for, or after that has happened and before it hears of it. */
  kill(run: Run, when: 'before' | 'after', step: number): Promise<void>;
}

/** Makes the runs of one schedule. */
export function createRuns(): Runs {
  const running = new Set<Run>();
  return {
    async start(name, work, onEnd) {
      const run: Run = { name, steps: [] };
      running.add(run);
      const end = (ended: Ended) => {
        if (running.delete(run)) onEnd(ended);
      };
      work(ioOf(run)).then(
        () => end({}),
        (error: unknown) => end({ error }),
      );
      await settled();
      return run;
    },
    waiting: () => [...running].filter(({ steps }) => steps.length > 0),
    async advance(run, step) {
      await run.steps.splice(step, 1)[0]!.proceed();
      await settled();
    },
    async kill(run, when, step) {
      running.delete(run);
      if (when === 'after') await run.steps[step]!.perform();
    },
  };
}

function ioOf(run: Run): Io {
  return <T>(what: string, asked: () => T | Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      // It happens when the schedule says so, and still belongs to the request or message of the run.
      const effect = AsyncLocalStorage.bind(asked);
      const perform = async (): Promise<unknown> => {
        try {
          return await effect();
        } catch {
          return undefined;
        }
      };
      const proceed = async (): Promise<void> => {
        try {
          resolve(await effect());
        } catch (error) {
          reject(error as Error);
        }
      };
      run.steps.push({ what, perform, proceed });
    });
}

/** Every promise that can go on has gone on. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
