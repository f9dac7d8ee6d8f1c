import { median } from '../statistics.ts';
import type { Results } from './measure.ts';

/** A promise about the numbers, and how it turned out; `rounds` are compared each within itself. */
export interface Verdict {
  readonly target: string;
  readonly value: number;
  readonly rounds: readonly number[];
  readonly met: boolean;
}

type Take = (experiment: string, lane: string) => number;

const overhead = (experiment: string, what: string) => ({
  target: `${what}: time of a call, of the raw one`,
  atMost: 1.25,
  value: (take: Take) => take(experiment, 'atlas') / take(experiment, 'raw'),
});

const targets = [
  overhead('append 1', 'append of 1 event'),
  overhead('append 10', 'append of 10 events'),
  overhead('load 10', 'load of 10 events'),
  overhead('load 1000', 'load of 1,000 events'),
  overhead('load 10000', 'load of 10,000 events'),
  {
    target: 'load of 10,000 events with a snapshot, of a load of 10',
    atMost: 2,
    value: (take: Take) => take('snapshots', 'of 10000') / take('snapshots', 'of 10'),
  },
];

/** Says of each target whether it was met; those whose experiments did not run are left out. */
export function judge(results: Results, roundCount: number): Verdict[] {
  const turns = (experiment: string, lane: string) =>
    (results[experiment]?.[lane] ?? []).map(({ msPerCall }) => msPerCall);
  return targets.flatMap(({ target, atMost, value: valueOf }) => {
    const rounds = Array.from({ length: roundCount }, (_, round) => valueOf((e, lane) => turns(e, lane)[round] ?? NaN));
    const value = median(rounds);
    return Number.isNaN(value) ? [] : [{ target: `${target} ≤ ${atMost}×`, value, rounds, met: value <= atMost }];
  });
}
