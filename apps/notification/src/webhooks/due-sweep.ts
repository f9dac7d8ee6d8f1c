import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@atlas/platform';
import { dueShardName, dueShards } from './delivery-item.ts';
import { type DueResult, type DueRows, sumOf } from './due-rows.ts';
import type { Deliveries, IndexPosition } from './dynamo-deliveries.ts';

/** Finds rows that are due: retries, rows born without a place, and what a crash left behind. Safe in many replicas. */
export interface DueSweep {
  start(): void;
  /** Begins no further sweep and waits for the one that runs. */
  stop(): Promise<void>;
}

/** Pages of one shard in one sweep; a longer backlog is continued by the next sweep where this one ended. */
const maxPages = 10;
/** The pause when a sweep took rows and left others for want of room: room is being made right now. */
const busyPauseMs = 100;

/** A sweep that runs every `everyMs` (five seconds, with jitter, so that replicas do not march in step): a query per shard each. */
export function createDueSweep(deps: {
  deliveries: Deliveries;
  dueRows: DueRows;
  now: () => number;
  random: () => number;
  logger: Logger;
  everyMs?: number | undefined;
}): DueSweep {
  const { deliveries, dueRows, now, random, logger, everyMs = 5_000 } = deps;
  const positions = new Map<string, IndexPosition>();
  const stopping = new AbortController();
  let loop: Promise<void> | undefined;

  const sweepShard = async (shard: string): Promise<DueResult> => {
    const full = new Set<string>();
    const results: DueResult[] = [];
    for (let page = 0; page < maxPages && !stopping.signal.aborted; page += 1) {
      const { rows, next } = await deliveries.due(shard, now(), positions.get(shard));
      if (next === undefined) positions.delete(shard);
      else positions.set(shard, next);
      if (rows.length > 0) results.push(await dueRows.take(rows, full));
      if (next === undefined) break;
    }
    return sumOf(results);
  };
  const sweep = async () =>
    sumOf(await Promise.all(Array.from({ length: dueShards }, (_, shard) => sweepShard(dueShardName(shard)))));

  const run = async (): Promise<void> => {
    let down = false;
    while (!stopping.signal.aborted) {
      let pauseMs = everyMs * (0.75 + random() / 2);
      try {
        const { taken, passedOver } = await sweep();
        if (taken > 0 && passedOver > 0) pauseMs = Math.min(pauseMs, busyPauseMs);
        if (down) logger.info({}, 'the webhook sweep works again');
        down = false;
      } catch (error) {
        if (!down) logger.warn({ err: error }, 'the webhook sweep does not work; trying again');
        down = true;
      }
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };

  return {
    start() {
      loop ??= run();
    },
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}
