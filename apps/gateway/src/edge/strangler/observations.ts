import type { Metrics } from '@atlas/platform';
import type { Redis } from 'ioredis';
import { bucketOf } from './latency.domain.ts';
import type { SliceState } from './mode.domain.ts';
import { readNumbers, type SliceNumbers } from './slice-numbers.domain.ts';

/** Which of the two answered. */
export type Side = 'monolith' | 'service';

/**
 * What became of a comparison: `match`; `lag` and `noise` are differences that a second look explains; `skipped_busy` and
 * `skipped_incomparable` were not compared.
 */
export type ComparisonResult = 'match' | 'mismatch' | 'lag' | 'noise' | 'skipped_busy' | 'skipped_incomparable';

/** The slice in the state in which something was observed: numbers of an earlier mode say nothing about this one. */
export interface Observed {
  readonly slice: string;
  readonly version: SliceState['version'];
}

/** What all replicas have seen, in windows and in sum. */
export interface Observations {
  start(): void;
  /** One answer of a side; `failed` is a 5xx or none at all. */
  answered(of: Observed, side: Side, outcome: { ms: number; failed: boolean }): void;
  compared(of: Observed, result: ComparisonResult): void;
  /** The control was asked twice to see whether it differs from itself. */
  controlRepeated(of: Observed, differed: boolean): void;
  /** The `count` latest complete windows of all replicas, oldest first. */
  windows(of: Observed, count: number): Promise<SliceNumbers[]>;
  /** Everything since the state began. */
  totals(of: Observed): Promise<SliceNumbers>;
  /** Sends what is left and stops. */
  stop(): Promise<void>;
}

const flushEveryMs = 1_000;
/** A window is complete when every replica has had the time to send its part. */
const completeAfterMs = 2 * flushEveryMs;
const windowKeptSeconds = 60 * 60;
const totalsKeptSeconds = 90 * 24 * 60 * 60;

/** Counts in memory, adds up in Redis every second. While Redis is away the totals wait here: they are sums, not lists. */
export function createObservations(deps: {
  redis: Redis;
  prefix: string;
  windowMs: number;
  now: () => number;
  metrics: Metrics;
}): Observations {
  const { redis, prefix, windowMs, now } = deps;
  const instruments = createInstruments(deps.metrics);
  const keyOf = ({ slice, version }: Observed, part: string) => `${prefix}:strangler:${part}:${slice}:${version}`;
  const isWindow = (key: string) => key.startsWith(`${prefix}:strangler:window:`);
  // atlas-local-ok: counted here for at most a second, then added to the windows in Redis that all replicas share
  const pending = new Map<string, Map<string, number>>();
  let timer: NodeJS.Timeout | undefined;
  // atlas-local-ok: orders the writes of this replica; the counts are in Redis
  let flushing = Promise.resolve();

  function add(key: string, field: string, by: number): void {
    const counts = pending.get(key) ?? new Map<string, number>();
    pending.set(key, counts.set(field, (counts.get(field) ?? 0) + by));
  }

  function count(of: Observed, ...fields: string[]): void {
    const window = Math.floor(now() / windowMs);
    for (const field of fields) {
      add(keyOf(of, `window:${window}`), field, 1);
      add(keyOf(of, 'totals'), field, 1);
    }
  }

  async function flush(): Promise<void> {
    if (pending.size === 0) return;
    const counts = [...pending].flatMap(([key, fields]) => [...fields].map(([field, by]) => ({ key, field, by })));
    const keys = [...pending.keys()];
    pending.clear();
    const pipeline = redis.pipeline();
    for (const { key, field, by } of counts) pipeline.hincrby(key, field, by);
    for (const key of keys) pipeline.expire(key, isWindow(key) ? windowKeptSeconds : totalsKeptSeconds);
    const answers = await pipeline.exec().catch((error: Error) => counts.map(() => [error, undefined] as const));
    for (const [index, { key, field, by }] of counts.entries()) {
      const [error] = answers?.[index] ?? [new Error('no answer')];
      // One that timed out may have arrived all the same: then the number is a little too high, which is better than blind.
      // Not those of a window: nobody can judge it meanwhile, and an outage of hours would leave one after the other here.
      if (error && !isWindow(key)) add(key, field, by);
    }
  }

  return {
    start() {
      timer = setInterval(() => void (flushing = flushing.then(flush)), flushEveryMs);
    },
    answered(of, side, { ms, failed }) {
      count(of, `${side}.requests`, `${side}.ms.${bucketOf(ms)}`, ...(failed ? [`${side}.errors`] : []));
      instruments.seconds.labels({ slice: of.slice, side, outcome: failed ? 'failed' : 'ok' }).observe(ms / 1000);
    },
    compared(of, result) {
      count(of, `comparisons.${result}`);
      instruments.comparisons.labels({ slice: of.slice, result }).inc();
    },
    controlRepeated(of, differed) {
      count(of, 'control.repeated', ...(differed ? ['control.differed'] : []));
    },
    async windows(of, wanted) {
      const current = Math.floor((now() - completeAfterMs) / windowMs);
      const pipeline = redis.pipeline();
      for (let window = current - wanted; window < current; window += 1) {
        pipeline.hgetall(keyOf(of, `window:${window}`));
      }
      const answers = (await pipeline.exec()) ?? [];
      return answers.map(([error, fields]) => {
        if (error) throw error;
        return readNumbers(fields as Record<string, string>);
      });
    },
    totals: async (of) => readNumbers(await redis.hgetall(keyOf(of, 'totals'))),
    async stop() {
      clearInterval(timer);
      await flushing;
      await flush();
    },
  };
}

function createInstruments(metrics: Metrics) {
  return {
    seconds: metrics.histogram('slice_answer_seconds', 'Time to an answer of the monolith or the service, by slice.', [
      'slice',
      'side',
      'outcome',
    ] as const),
    comparisons: metrics.counter(
      'slice_comparisons_total',
      'Comparisons of monolith and service, by what became of them.',
      ['slice', 'result'] as const,
    ),
  };
}
