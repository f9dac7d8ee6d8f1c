import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from '@atlas/platform';
import type { Outage } from './outage.ts';
import type { ClaimedRow, OutboxRows, Postponed } from './outbox-rows.ts';

export interface Settlement {
  /** SNS has accepted the row. */
  accepted(row: ClaimedRow): void;
  /** The row is to be tried again later, or is parked. */
  postponed(row: Postponed): void;
}

export interface SettlementOptions {
  readonly log: Pick<OutboxRows, 'markPublished' | 'postpone'>;
  readonly database: Outage;
  readonly probe: Probe;
  /** Rows whose new state is in the database. */
  readonly onWritten: (rows: readonly ClaimedRow[], outcome: 'published' | 'postponed') => void;
  /** Nothing more is written after this. */
  readonly signal: AbortSignal;
}

/** Rows whose batches come back within this time share one UPDATE. */
const gatherMs = 5;

/**
 * Writes what became of claimed rows: one statement for many rows, one at a time, gathering the next while it runs.
 * What SNS has accepted is kept until it is written, so that an outage of the database sends nothing twice.
 */
export function createSettlement(options: SettlementOptions): Settlement {
  const { log, database, probe, onWritten, signal } = options;
  // atlas-local-ok: rows already sent whose mark is being written together; a lost mark means one repetition with the same id
  const published: ClaimedRow[] = [];
  const postponed: Postponed[] = [];
  let writing = false;

  async function writeAll(): Promise<void> {
    writing = true;
    while (published.length + postponed.length > 0 && !signal.aborted) {
      await delay(Math.max(gatherMs, database.waitMs()), undefined, { signal }).catch(() => {});
      try {
        await take(published, writePublished);
        await take(postponed, writePostponed);
        database.over();
      } catch (error) {
        database.report(error);
      }
    }
    writing = false;
  }

  async function writePublished(rows: ClaimedRow[]): Promise<void> {
    await probe('relay.published');
    await log.markPublished(rows);
    await probe('relay.marked');
    onWritten(rows, 'published');
  }

  async function writePostponed(rows: Postponed[]): Promise<void> {
    await log.postpone(rows);
    onWritten(
      rows.map(({ row }) => row),
      'postponed',
    );
  }

  return {
    accepted(row) {
      published.push(row);
      if (!writing) void writeAll();
    },
    postponed(row) {
      postponed.push(row);
      if (!writing) void writeAll();
    },
  };
}

/** Writes what is gathered, and puts it back when that fails; both statements may be repeated. */
async function take<T>(gathered: T[], write: (rows: T[]) => Promise<void>): Promise<void> {
  const rows = gathered.splice(0);
  if (rows.length === 0) return;
  try {
    await write(rows);
  } catch (error) {
    gathered.unshift(...rows);
    throw error;
  }
}
