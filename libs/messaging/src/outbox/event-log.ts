import type { MajorKey } from '@atlas/event-contracts';
import type { WireMessage } from '../publish/wire-message.ts';

export interface LogSelection {
  readonly eventType: string;
  readonly since: Date;
  /** Only these majors; all of them when left out. */
  readonly majors?: readonly MajorKey[] | undefined;
}

/** What is selected at one moment: later events are left out, so that reading ends while others write. */
export interface SelectedEvents {
  readonly total: number;
  /** The messages as they were published, oldest first, in pages. */
  pages(): AsyncIterable<readonly WireMessage[]>;
}

/**
 * What an outbox has published and still keeps, as a log. Events that wait for the relay are in it too: one that was published
 * just before the reader subscribed may not be marked yet, and one that comes twice does no harm. Parked ones are not: they
 * never went to anybody.
 */
export interface EventLog {
  select(selection: LogSelection): Promise<SelectedEvents>;
}
