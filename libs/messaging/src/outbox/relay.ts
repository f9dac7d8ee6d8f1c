import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { isUnreachable, type Logger, type Probe, SetupError } from '@atlas/platform';
import { maxBatchEntries } from '../publish/batch-packing.ts';
import type { Publisher } from '../publish/publisher.ts';
import { createDoorbell } from './doorbell.ts';
import { keepHouse, measureOutbox, type OutboxGauges } from './housekeeping.ts';
import { createOutage } from './outage.ts';
import type { ClaimedRow, OutboxRows } from './outbox-rows.ts';
import { released } from './row-outcome.ts';
import { createRowPublisher } from './row-publisher.ts';
import { createSettlement } from './settlement.ts';

/** What every relay can be told, wherever its rows are. */
export interface RelaySettings {
  readonly publisher: Publisher;
  readonly metrics: OutboxGauges;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly clock: () => Date;
  readonly probe?: Probe | undefined;
  /** Rows leased by one claim; at most twice as many are held. */
  readonly batchSize?: number | undefined;
  /** How long a relay that died keeps its rows from the others. */
  readonly leaseMs?: number | undefined;
  /** How often the outbox is looked at without having been woken: for rows whose lease has run out or whose wait is over. */
  readonly sweepMs?: number | undefined;
  /** Real refusals by SNS until a row is set aside. */
  readonly parkAfter?: number | undefined;
}

export interface RelayOptions extends RelaySettings {
  readonly log: OutboxRows;
  /** The name of the database in log lines. */
  readonly databaseName: string;
  /** What to do when the rows cannot be read because nobody has made the place for them. */
  readonly setupHint: string;
  /** Calls `onWake` at commits of any process until `signal` is aborted. */
  readonly listen?: ((onWake: () => void, signal: AbortSignal) => Promise<void>) | undefined;
}

export interface Relay {
  start(): Promise<void>;
  stop(options: { deadlineMs: number }): Promise<{ published: number; released: number }>;
  /** Takes rows whose lease its caller has, and leaves them to a sweep when it has no room or is not running. */
  offer(rows: readonly ClaimedRow[]): void;
}

/** What a stop may take beyond its deadline. */
const giveBackMs = 2_000;

/** The gauges are aggregates over what waits, so they are not taken with every sweep; tests that sweep often look often. */
const measureEveryMs = (sweepMs: number) => Math.min(3 * sweepMs, 15_000);

/** The loop of every outbox relay: it claims rows, sends them in full batches, and marks them. */
export function createRelay(options: RelayOptions): Relay {
  const { log, databaseName, listen, publisher, metrics, logger, clock, probe = () => {} } = options;
  const { batchSize = 500, leaseMs = 30_000, sweepMs = 5_000, parkAfter = 10 } = options;
  const database = createOutage({ dependency: databaseName, clock, logger });
  const sns = createOutage({ dependency: 'SNS', clock, logger });
  const work = createDoorbell();
  const space = createDoorbell();
  const stopping = new AbortController();
  const givenUp = new AbortController();
  const tasks: Promise<unknown>[] = [];
  let running = false;
  // atlas-local-ok: how many this relay has sent, which its stop tells; the rows are in the outbox
  let publishedCount = 0;

  const settlement = createSettlement({
    log,
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
      else if (!(await claim(room))) await work.wait(sweepMs);
    }
  }

  /** A whole batch or nothing, so that claims stay large; after an outage one call's worth, to see whether it works. */
  function roomForRows(): number {
    if (sns.active) return rows.heldCount === 0 ? maxBatchEntries : 0;
    return rows.heldCount <= batchSize ? batchSize : 0;
  }

  /** Whether there may be more to claim. */
  async function claim(limit: number): Promise<boolean> {
    try {
      const { rows: claimed, more } = await log.claimDue(limit, leaseMs);
      database.over();
      if (stopping.signal.aborted) await giveBack(claimed);
      else await publish(claimed);
      return more;
    } catch (error) {
      database.report(error);
      return true;
    }
  }

  async function publish(claimed: readonly ClaimedRow[]): Promise<void> {
    if (claimed.length === 0) return;
    await probe('relay.claimed');
    for (const row of claimed) rows.publish(row);
  }

  async function giveBack(claimed: readonly ClaimedRow[]): Promise<void> {
    if (claimed.length > 0) await log.postpone(claimed.map(released));
  }

  /** How many could be given back; without the database none, and their leases run out instead. */
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
      await checkSetup(() => measureOutbox(log, metrics, clock), options.setupHint);
      const { signal } = stopping;
      running = true;
      tasks.push(
        relay(),
        keepHouse({ log, metrics, database, clock, everyMs: measureEveryMs(sweepMs), signal }),
        listen?.(work.ring, signal) ?? Promise.resolve(),
      );
    },
    offer(offered) {
      const hasRoom = rows.heldCount + offered.length <= 2 * batchSize;
      if (running && hasRoom && !sns.active && !stopping.signal.aborted) void publish(offered);
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
async function checkSetup(query: () => Promise<void>, hint: string): Promise<void> {
  try {
    await query();
  } catch (error) {
    if (isUnreachable(error)) return;
    throw new SetupError(`The outbox cannot be read: ${(error as Error).message} ${hint}`, { cause: error });
  }
}
