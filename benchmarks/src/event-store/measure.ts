import type { Experiment } from './experiments.ts';
import type { Place } from './place.ts';

/** What one turn of a lane has measured. */
export interface Measured {
  /** Calls a second. */
  readonly perSecond: number;
  /** From one call's begin to its end, with all workers at it. */
  readonly msPerCall: number;
  /** CPU of this process, without the emulator. */
  readonly cpuMsPerCall: number;
}

export type LaneResults = Readonly<Record<string, readonly Measured[]>>;
/** Every turn of every lane, by experiment and lane. */
export type Results = Readonly<Record<string, LaneResults>>;

/** Turns of a lane within one round: short, and in turn, so that what else the machine does hits every lane alike. */
const turnsPerRound = 4;

/** Measures the lanes of an experiment `rounds` times; each round begins with another lane. */
export async function measureExperiment(
  place: Place,
  experiment: Experiment,
  rounds: number,
  onRound: (round: number, measured: Readonly<Record<string, Measured>>) => void,
): Promise<LaneResults> {
  const lanes = await Promise.all(
    Object.entries(experiment.lanes).map(async ([name, lane]) => ({ name, run: await lane.prepare(place) })),
  );
  const results: Record<string, Measured[]> = Object.fromEntries(lanes.map(({ name }) => [name, []]));
  const warmUp = Math.ceil(experiment.calls / 10);
  for (const { run } of lanes) await turn(run, experiment.workers, warmUp);
  for (let round = 0; round < rounds; round += 1) {
    const sums = new Map(lanes.map(({ name }) => [name, { ms: 0, cpuMs: 0 }]));
    for (let step = 0; step < turnsPerRound * lanes.length; step += 1) {
      const { name, run } = lanes[(round + step) % lanes.length]!;
      const { ms, cpuMs } = await turn(run, experiment.workers, Math.ceil(experiment.calls / turnsPerRound));
      const sum = sums.get(name)!;
      sum.ms += ms;
      sum.cpuMs += cpuMs;
    }
    const calls = turnsPerRound * Math.ceil(experiment.calls / turnsPerRound);
    const measured = Object.fromEntries(
      [...sums].map(([name, { ms, cpuMs }]): [string, Measured] => [
        name,
        { perSecond: (calls / ms) * 1_000, msPerCall: (ms / calls) * experiment.workers, cpuMsPerCall: cpuMs / calls },
      ]),
    );
    for (const [name, one] of Object.entries(measured)) results[name]!.push(one);
    onRound(round, measured);
  }
  return results;
}

async function turn(
  run: (worker: number) => Promise<void>,
  workers: number,
  calls: number,
): Promise<{ ms: number; cpuMs: number }> {
  let left = calls;
  const [began, cpuBefore] = [performance.now(), process.cpuUsage()];
  const work = async (worker: number) => {
    while (left-- > 0) await run(worker);
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ms: performance.now() - began, cpuMs: (user + system) / 1_000 };
}
