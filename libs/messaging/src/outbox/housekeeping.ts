import { setTimeout as delay } from 'node:timers/promises';
import type { Metrics } from '@atlas/platform';
import type { Outage } from './outage.ts';
import type { OutboxRows } from './outbox-rows.ts';

export type OutboxGauges = Pick<Metrics, 'outboxDepth' | 'outboxParked' | 'outboxOldestSeconds'>;

export interface HousekeepingOptions {
  readonly log: Pick<OutboxRows, 'state' | 'prune'>;
  readonly metrics: OutboxGauges;
  readonly database: Outage;
  readonly clock: () => Date;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

const pruneEveryMs = 60 * 60 * 1_000;

/** Measures the outbox now. `outboxOldestSeconds` is 0 when nothing waits. */
export async function measureOutbox(
  log: Pick<OutboxRows, 'state'>,
  metrics: OutboxGauges,
  clock: () => Date,
): Promise<void> {
  const { depth, parked, oldest } = await log.state();
  metrics.outboxDepth.set(depth);
  metrics.outboxParked.set(parked);
  metrics.outboxOldestSeconds.set(oldest ? Math.max(0, (clock().getTime() - oldest.getTime()) / 1_000) : 0);
}

/** Keeps the gauges fresh and prunes the log once an hour, until `signal` is aborted. */
export async function keepHouse(options: HousekeepingOptions): Promise<void> {
  const { log, metrics, database, clock, everyMs, signal } = options;
  let pruneAt = clock().getTime();
  while (!signal.aborted) {
    try {
      await measureOutbox(log, metrics, clock);
      if (clock().getTime() >= pruneAt) {
        await log.prune?.(signal);
        pruneAt = clock().getTime() + pruneEveryMs;
      }
    } catch (error) {
      database.report(error);
    }
    await delay(everyMs, undefined, { signal }).catch(() => {});
  }
}
