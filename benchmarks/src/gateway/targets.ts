import { median } from '../statistics.ts';
import type { LaneName } from './lanes.ts';

/** What one turn of a lane has measured, in milliseconds. */
export interface Measured {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly worst: number;
  /** 99 of 100 requests were sent at most this late. */
  readonly lateP99: number;
}

/** Every turn of every lane. */
export type Results = Readonly<Partial<Record<LaneName, readonly Measured[]>>>;

export interface Verdict {
  readonly target: string;
  readonly value: number;
  readonly rounds: readonly number[];
  readonly unit: string;
  /** Undefined where nothing was promised. */
  readonly met: boolean | undefined;
}

type Take = (lane: LaneName, metric: keyof Measured) => number;

const targets: { target: string; atMost?: number; unit: string; value: (take: Take) => number }[] = [
  {
    target: 'authenticated read: p99, of bare Express',
    atMost: 3,
    unit: '×',
    value: (take) => take('read', 'p99') / take('bare', 'p99'),
  },
  {
    target: 'the same with a list from PostgreSQL behind it: p99, of bare Express',
    unit: '×',
    value: (take) => take('list', 'p99') / take('bare-list', 'p99'),
  },
  {
    target: 'the least that such a list asks of its stores: p99, of bare Express',
    unit: '×',
    value: (take) => take('least-list', 'p99') / take('bare-list', 'p99'),
  },
  {
    target: 'proxied slice: p50, more than the service itself',
    atMost: 2,
    unit: ' ms',
    value: (take) => take('proxied', 'p50') - take('direct', 'p50'),
  },
  {
    target: 'shadowed slice: p50 of the user, more than without',
    atMost: 10,
    unit: ' %',
    value: (take) => (take('shadow', 'p50') / take('monolith', 'p50') - 1) * 100,
  },
];

/** Says of each target whether it was met; targets whose lanes did not run are left out. */
export function judge(results: Results, turns: number): Verdict[] {
  const ofAll: Take = (lane, metric) => median((results[lane] ?? []).map((turn) => turn[metric]));
  return targets.flatMap(({ target, atMost, unit, value: valueOf }) => {
    const value = valueOf(ofAll);
    if (Number.isNaN(value)) return [];
    const each = Array.from({ length: turns }, (_, round) =>
      valueOf((lane, metric) => results[lane]?.[round]?.[metric] ?? NaN),
    );
    const wording = atMost === undefined ? target : `${target} ≤ ${atMost}${unit}`;
    const met = atMost === undefined ? undefined : value <= atMost;
    return [{ target: wording, value, rounds: each.filter(Number.isFinite), unit, met }];
  });
}
