import type { Pool } from 'pg';
import { listenToOutbox } from './outbox-listener.ts';
import { claimDue, markPublished, outboxState, postpone } from './outbox-queries.ts';
import type { OutboxRows } from './outbox-rows.ts';
import { pruneOutbox } from './prune-outbox.ts';
import { createRelay, type RelaySettings } from './relay.ts';

export interface OutboxRelay {
  /**
   * Begins to publish what is committed to the outbox. Throws SetupError when the table is missing or old; an outage of
   * the database is waited out.
   */
  start(): Promise<void>;
  /**
   * Takes no more rows, waits at most `deadlineMs` for those it holds, and gives the rest back to other relays at once.
   * Stop the relay before its publisher. Returns how many of the rows held at the call went which way.
   */
  stop(options: { deadlineMs: number }): Promise<{ published: number; released: number }>;
}

export interface OutboxRelayOptions extends RelaySettings {
  readonly pool: Pool;
}

/**
 * Publishes the outbox: woken by each commit, it leases rows, sends them in full batches, and marks them; no transaction
 * is open meanwhile. Any number of relays share one outbox. A row is published again only when its relay died, or lost
 * PostgreSQL for longer than the lease, between SNS's answer and the mark.
 */
export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const { pool, ...settings } = options;
  const { start, stop } = createRelay({
    ...settings,
    log: rowsIn(pool),
    databaseName: 'PostgreSQL',
    setupHint: 'Run the migrations first.',
    listen: (onWake, signal) => listenToOutbox({ pool, onWake, signal }),
  });
  return { start, stop };
}

function rowsIn(pool: Pool): OutboxRows {
  return {
    async claimDue(limit, leaseMs) {
      const rows = await claimDue(pool, limit, leaseMs);
      return { rows, more: rows.length === limit };
    },
    markPublished: (rows) => markPublished(pool, rows),
    postpone: (rows) => postpone(pool, rows),
    state: () => outboxState(pool),
    prune: (signal) => pruneOutbox(pool, undefined, signal),
  };
}
