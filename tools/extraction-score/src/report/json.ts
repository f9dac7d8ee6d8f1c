import type { ScoreResult } from '../model.ts';

const places = (value: number) => Math.round(value * 1000) / 1000;

/** Everything, for programs; numbers with three places. */
export function jsonReport(result: ScoreResult): string {
  return JSON.stringify(
    { version: 1, first: result.modules[0]?.name ?? null, ...result },
    (_key, value: unknown) => (typeof value === 'number' ? places(value) : value),
    2,
  );
}
