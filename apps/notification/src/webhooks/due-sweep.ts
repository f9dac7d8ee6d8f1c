import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@atlas/platform';
import type { DeliveryAttempts } from './delivery-attempts.ts';
import { type DueDelivery, dueShardName, dueShards } from './delivery-item.ts';
import type { DeliveryWorker } from './delivery-worker.ts';
import type { Deliveries, IndexPosition } from './dynamo-deliveries.ts';
import type { Endpoints } from './dynamo-endpoints.ts';
import type { Endpoint } from './endpoint.domain.ts';
import { isPaused } from './endpoint-health.domain.ts';

/** What one sweep did: rows taken, rows of switched-off endpoints ended, and rows passed over because their endpoint is busy. */
export interface SweepResult {
  readonly taken: number;
  readonly ended: number;
  readonly passedOver: number;
}

/** Finds rows that are due: retries, rows born without a place, and what a crash left behind. Safe in many replicas. */
export interface DueSweep {
  start(): void;
  /** One pass over all shards of the due index. */
  sweep(): Promise<SweepResult>;
  stop(): Promise<void>;
}

/** Pages of one shard in one sweep; a longer backlog is continued by the next sweep where this one ended. */
const maxPages = 10;
/** Rows of a switched-off or deleted endpoint that are ended in one sweep. */
const maxEnded = 50;
/** The pause when a sweep took rows and left others for want of room: room is being made right now. */
const busyPauseMs = 100;

/** A sweep that runs every `everyMs` (a second, with jitter, so that replicas do not march in step). */
export function createDueSweep(deps: {
  deliveries: Deliveries;
  endpoints: Endpoints;
  attempts: DeliveryAttempts;
  worker: DeliveryWorker;
  now: () => number;
  random: () => number;
  logger: Logger;
  everyMs?: number | undefined;
}): DueSweep {
  const { deliveries, endpoints, attempts, worker, now, random, logger, everyMs = 1_000 } = deps;
  const positions = new Map<string, IndexPosition>();
  const stopping = new AbortController();
  let loop: Promise<void> | undefined;

  const claim = (row: DueDelivery) => deliveries.claim(row, attempts.leaseEnd());
  const end = async (row: DueDelivery): Promise<boolean> => {
    const claimed = await claim(row);
    if (claimed === undefined) return false;
    await attempts.end(
      claimed,
      { status: 'failed', reason: 'endpoint-off' },
      'the endpoint is switched off or deleted',
    );
    return true;
  };
  const notify = async (row: DueDelivery): Promise<boolean> => {
    const place = worker.reserveNotice();
    const claimed = place && (await claim(row).catch(rethrowAfter(() => place.cancel())));
    if (place && claimed) worker.notify(place, claimed);
    else place?.cancel();
    return claimed !== undefined;
  };
  const deliver = async (row: DueDelivery, endpoint: Endpoint): Promise<boolean> => {
    const place = worker.reserve(endpoint);
    if (place === undefined) return false;
    const cancelled = rethrowAfter(() => place.cancel());
    const claimed = await claim(row).catch(cancelled);
    if (claimed === undefined) {
      place.cancel();
      return false;
    }
    const body = await deliveries.loadPayload(row.tenantId, row.eventId).catch(cancelled);
    if (body !== undefined) {
      worker.deliver(place, claimed, endpoint, body);
      return true;
    }
    place.cancel();
    await attempts.end(
      claimed,
      { status: 'failed', reason: 'exhausted' },
      'the body of the event is not kept any more',
    );
    return true;
  };

  /** The due rows of one endpoint on one page. `full` remembers endpoints with no room left for this sweep. */
  const takeGroup = async (rows: DueDelivery[], full: Set<string>): Promise<SweepResult> => {
    const { tenantId, endpointId } = rows[0]!;
    if (full.has(endpointId)) return { taken: 0, ended: 0, passedOver: rows.length };
    const endpoint = await endpoints.get(tenantId, endpointId);
    if (endpoint === undefined || endpoint.status === 'off') {
      const ended = await count(rows.slice(0, maxEnded).map(end));
      return { taken: 0, ended, passedOver: Math.max(0, rows.length - maxEnded) };
    }
    const room = isPaused(endpoint, now()) ? 0 : worker.room(endpoint);
    if (room < rows.length) full.add(endpointId);
    const taken = await count(rows.slice(0, room).map((row) => deliver(row, endpoint)));
    return { taken, ended: 0, passedOver: Math.max(0, rows.length - room) };
  };

  const sweepShard = async (shard: string): Promise<SweepResult> => {
    const full = new Set<string>();
    const results: SweepResult[] = [];
    for (let page = 0; page < maxPages && !stopping.signal.aborted; page += 1) {
      const { rows, next } = await deliveries.due(shard, now(), positions.get(shard));
      if (next === undefined) positions.delete(shard);
      else positions.set(shard, next);
      const notices = rows.filter((row) => row.kind === 'notice');
      const groups = Map.groupBy(
        rows.filter((row) => row.kind === 'webhook'),
        (row) => row.endpointId,
      );
      results.push({ taken: await count(notices.map(notify)), ended: 0, passedOver: 0 });
      results.push(...(await Promise.all([...groups.values()].map((group) => takeGroup(group, full)))));
      if (next === undefined) break;
    }
    return sum(results);
  };

  const sweep = async () =>
    sum(await Promise.all(Array.from({ length: dueShards }, (_, i) => sweepShard(dueShardName(i)))));

  const run = async (): Promise<void> => {
    let down = false;
    while (!stopping.signal.aborted) {
      let pauseMs = everyMs * (0.75 + random() / 2);
      try {
        const { taken, passedOver } = await sweep();
        if (taken > 0 && passedOver > 0) pauseMs = busyPauseMs;
        if (down) logger.info({}, 'webhook sweep works again');
        down = false;
      } catch (error) {
        if (!down) logger.warn({ err: error }, 'webhook sweep failed; trying again');
        down = true;
      }
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };

  return {
    sweep,
    start() {
      loop ??= run();
    },
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

function sum(results: readonly SweepResult[]): SweepResult {
  return results.reduce(
    (all, one) => ({
      taken: all.taken + one.taken,
      ended: all.ended + one.ended,
      passedOver: all.passedOver + one.passedOver,
    }),
    { taken: 0, ended: 0, passedOver: 0 },
  );
}

async function count(work: readonly Promise<boolean>[]): Promise<number> {
  return (await Promise.all(work)).filter(Boolean).length;
}

function rethrowAfter(cleanUp: () => void): (error: unknown) => never {
  return (error) => {
    cleanUp();
    throw error;
  };
}
