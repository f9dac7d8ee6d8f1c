import type { LaneName, Measurement, Metric } from './measurement.ts';

export interface Results {
  add(experiment: string, lane: LaneName, measurement: Measurement): void;
  /** What a lane measured in each round; empty when it did not run, or does not measure that. */
  rounds(experiment: string, lane: LaneName, metric: Metric): number[];
}

/** Keeps what every lane measured in every round. */
export function createResults(): Results {
  const measured = new Map<string, Measurement[]>();
  return {
    add(experiment, lane, measurement) {
      const key = `${experiment}/${lane}`;
      measured.set(key, [...(measured.get(key) ?? []), measurement]);
    },
    rounds: (experiment, lane, metric) =>
      (measured.get(`${experiment}/${lane}`) ?? []).flatMap((measurement) => measurement[metric] ?? []),
  };
}
