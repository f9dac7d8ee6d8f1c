import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isUnreachable, type Logger, type Probe, SetupError } from '@atlas/platform';
import type { Pool } from 'pg';
import { maxBatchEntries } from '../publish/batch-packing.ts';
import type { Publisher } from '../publish/publisher.ts';
import { createDoorbell } from './doorbell.ts';
import { keepHouse, measureOutbox, type OutboxGauges } from './housekeeping.ts';
import { listenToOutbox } from './outbox-listener.ts';
import { claimDue, type ClaimedRow, postpone } from './outbox-queries.ts';
import { createOutage } from './outage.ts';
import { released } from './row-outcome.ts';
import { createRowPublisher } from './row-publisher.ts';
import { createSettlement } from './settlement.ts';

export interface OutboxRelay {
  /**
   * Begins to publish what is committed to the outbox. Throws SetupError when the table is missing or old; an outage of
   * PostgreSQL is waited out.
   */
  start(): Promise<void>;
  /**
   * Takes no more rows, waits at most `deadlineMs` for those it holds, and gives the rest back to other relays at once.
   * Stop the relay before its publisher. Returns how many of the rows held at the call went which way.
   */
  stop(options: { deadlineMs: number }): Promise<{ published: number; released: number }>;
}

export interface OutboxRelayOptions {
  readonly pool: Pool;
  readonly publisher: Publisher;
  readonly metrics: OutboxGauges;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly clock: () => Date;
  readonly probe?: Probe;
  /** Rows leased by one statement; at most twice as many are held. */
  readonly batchSize?: number;
  /** How long a relay that died keeps its rows from the others. */
  readonly leaseMs?: number;
  /** How often the outbox is looked at without having been woken. */
  readonly sweepMs?: number;
  /** Real refusals by SNS until a row is set aside. */
  readonly parkAfter?: number;
}

/** What a stop may take beyond its deadline. */
const giveBackMs = 2_000;

/** The gauges are aggregates over what waits, so they are not taken with every sweep. */
const sweepsPerMeasurement = 5;

/**
 * Publishes the outbox: woken by each commit, it leases rows, sends them in full batches, and marks them; no transaction
 * is open meanwhile. Any number of relays share one outbox. A row is published again only when its relay died, or lost
 * PostgreSQL for longer than the lease, between SNS's answer and the mark.
 */
export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const { pool, publisher, metrics, logger, clock, probe = () => {} } = options;
  const { batchSize = 500, leaseMs = 30_000, sweepMs = 1_000, parkAfter = 10 } = options;
  const database = createOutage({ dependency: 'PostgreSQL', clock, logger });
  const sns = createOutage({ dependency: 'SNS', clock, logger });
  const work = createDoorbell();
  const space = createDoorbell();
  const stopping = new AbortController();
  const givenUp = new AbortController();
  const tasks: Promise<unknown>[] = [];
  let publishedCount = 0;

  const settlement = createSettlement({
    db: pool,
    database,
    probe,
    signal: givenUp.signal,
    onWritten(written, outcome) {
      if (outcome === 'published') publishedCount += written.length;
      rows.settled(written);
      space.ring();
    },
  });
  const rows = createRowPublisher({
    publisher,
    sns,
    parkAfter,
    clock,
    logger,
    onAccepted: settlement.accepted,
    onPostponed: settlement.postponed,
  });

  async function relay(): Promise<void> {
    while (!stopping.signal.aborted) {
      const pauseMs = Math.max(database.waitMs(), sns.waitMs());
      const room = roomForRows();
      if (pauseMs > 0) await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      else if (room === 0) await space.wait(sweepMs);
      else if ((await claim(room)) < room) await work.wait(sweepMs);
    }
  }

  /** A whole batch or nothing, so that claims stay large; after an outage one call's worth, to see whether it works. */
  function roomForRows(): number {
    if (sns.active) return rows.heldCount === 0 ? maxBatchEntries : 0;
    return rows.heldCount <= batchSize ? batchSize : 0;
  }

  async function claim(limit: number): Promise<number> {
    try {
      const claimed = await claimDue(pool, limit, leaseMs);
      database.over();
      if (stopping.signal.aborted) await giveBack(claimed);
      else await publish(claimed);
      return claimed.length;
    } catch (error) {
      database.report(error);
      return limit;
    }
  }

  async function publish(claimed: readonly ClaimedRow[]): Promise<void> {
    if (claimed.length === 0) return;
    await probe('relay.claimed');
    for (const row of claimed) rows.publish(row);
  }

  async function giveBack(claimed: readonly ClaimedRow[]): Promise<void> {
    if (claimed.length > 0) await postpone(pool, claimed.map(released));
  }

  /** How many could be given back; without PostgreSQL none, and their leases run out instead. */
  async function giveBackInTime(left: readonly ClaimedRow[]): Promise<number> {
    if (left.length === 0) return 0;
    const late = delay(giveBackMs, undefined, { ref: false }).then(() =>
      Promise.reject(new Error('no answer in time')),
    );
    try {
      await Promise.race([giveBack(left), late]);
      return left.length;
    } catch (error) {
      logger.warn({ err: error, rows: left.length }, 'rows could not be given back, their leases run out instead');
      return 0;
    }
  }

  /** Nothing more will be claimed, and everything held has its new state in the database. */
  async function drained(): Promise<void> {
    await Promise.all(tasks);
    while (rows.heldCount > 0 && !givenUp.signal.aborted) await space.wait(sweepMs);
  }

  return {
    async start() {
      await checkSchema(() => measureOutbox(pool, metrics, clock));
      const { signal } = stopping;
      tasks.push(
        relay(),
        keepHouse({ db: pool, metrics, database, clock, everyMs: sweepMs * sweepsPerMeasurement, signal }),
        listenToOutbox({ pool, onWake: work.ring, signal }),
      );
    },
    async stop({ deadlineMs }) {
      const before = publishedCount;
      const over = once(givenUp.signal, 'abort');
      const deadline = setTimeout(() => givenUp.abort(), deadlineMs);
      stopping.abort();
      work.ring();
      space.ring();
      await Promise.race([drained(), over]);
      clearTimeout(deadline);
      const givenBack = await giveBackInTime(rows.held());
      givenUp.abort();
      space.ring();
      return { published: publishedCount - before, released: givenBack };
    },
  };
}

/** An outage at start is waited out by the loop; a table that is missing or old never mends itself. */
async function checkSchema(query: () => Promise<void>): Promise<void> {
  try {
    await query();
  } catch (error) {
    if (isUnreachable(error)) return;
    throw new SetupError(`The outbox cannot be read: ${(error as Error).message} Run the migrations first.`, {
      cause: error,
    });
  }
}
