import type { WireMessage } from '../publish/wire-message.ts';

/** A row that a relay holds for the time of its lease, and the message that it becomes. */
export interface ClaimedRow {
  readonly id: string;
  readonly version: string;
  readonly attempts: number;
  /** What makes this claim different from every other claim of the row. */
  readonly lease: string;
  readonly message: WireMessage;
}

/** What happens to a row that was not accepted: it waits, counted as a real refusal or not, or it is parked. */
export interface Postponed {
  readonly row: ClaimedRow;
  readonly waitMs: number;
  readonly counted: boolean;
  readonly park: boolean;
  readonly error: string | null;
}

/** How much waits, since when, and how much has been set aside. */
export interface OutboxState {
  readonly depth: number;
  readonly parked: number;
  readonly oldest: Date | null;
}

/** The rows of an outbox, wherever they are. All of it may be repeated. */
export interface OutboxRows {
  /** Leases up to `limit` due rows for `leaseMs`, oldest first as far as it can tell; no two relays get the same. */
  claimDue(limit: number, leaseMs: number): Promise<{ rows: ClaimedRow[]; more: boolean }>;
  /** Marks rows that SNS has accepted. Whoever holds the lease by now: it is true in any case. */
  markPublished(rows: readonly ClaimedRow[]): Promise<void>;
  /** Gives rows back. A row whose lease has gone to another relay meanwhile is left to that one. */
  postpone(rows: readonly Postponed[]): Promise<void>;
  state(): Promise<OutboxState>;
  /** Deletes what was published long ago, where the database does not do so itself. */
  prune?(signal: AbortSignal): Promise<unknown>;
}
