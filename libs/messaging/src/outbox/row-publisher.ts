import type { Domain } from '@atlas/event-contracts';
import { type Logger, SetupError } from '@atlas/platform';
import type { Publisher } from '../publish/publisher.ts';
import type { ClaimedRow, Postponed } from './outbox-rows.ts';
import { createOutage, type Outage } from './outage.ts';
import { afterFailure, isOutage } from './row-outcome.ts';

export interface RowPublisher {
  /** Publishes a claimed row in the background; it is held until `settled` is told about it. */
  publish(row: ClaimedRow): void;
  /** These rows have their new state in the database. */
  settled(rows: readonly ClaimedRow[]): void;
  /** Claimed rows whose new state is not in the database yet. */
  held(): ClaimedRow[];
  readonly heldCount: number;
}

export interface RowPublisherOptions {
  readonly publisher: Publisher;
  readonly sns: Outage;
  readonly parkAfter: number;
  readonly clock: () => Date;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly onAccepted: (row: ClaimedRow) => void;
  readonly onPostponed: (row: Postponed) => void;
}

/** Sends claimed rows through the publisher and decides about those that fail. */
export function createRowPublisher(options: RowPublisherOptions): RowPublisher {
  const { publisher, sns, parkAfter, clock, logger, onAccepted, onPostponed } = options;
  // atlas-local-ok: the rows this relay has claimed and not settled; their leases are in the outbox
  const held = new Map<string, ClaimedRow>();
  // atlas-local-ok: one log line per outage of a topic that this relay sees; the rows are in the outbox
  const topics = new Map<Domain, Outage>();

  async function send(row: ClaimedRow): Promise<void> {
    try {
      await publisher.send(row.message);
    } catch (failure) {
      return failed(row, failure);
    }
    sns.over();
    topics.get(row.message.domain)?.over();
    onAccepted(row);
  }

  function failed(row: ClaimedRow, failure: unknown): void {
    if (isOutage(failure)) sns.report(failure);
    if (failure instanceof SetupError) topicOf(row.message.domain).report(failure);
    // The lease may be a newer one by now, and only who holds it may postpone the row.
    const postponed = afterFailure(held.get(keyOf(row)) ?? row, failure, parkAfter);
    if (postponed.park) {
      const event = { event_id: row.id, event: row.message.attributes.EventType, tries: row.attempts + 1 };
      logger.error({ ...event, err: failure }, 'event parked: it stays in the outbox until somebody unparks it');
    }
    onPostponed(postponed);
  }

  /** Used for its log lines alone: one topic that is missing must not hold up the others. */
  function topicOf(domain: Domain): Outage {
    const topic = topics.get(domain) ?? createOutage({ dependency: `topic of ${domain} events`, clock, logger });
    topics.set(domain, topic);
    return topic;
  }

  return {
    publish(row) {
      const key = keyOf(row);
      const known = held.get(key);
      held.set(key, row);
      // Claimed again because SNS took longer than the lease: the first try is still under way.
      if (!known) void send(row);
    },
    settled(rows) {
      for (const row of rows) held.delete(keyOf(row));
    },
    held: () => [...held.values()],
    get heldCount() {
      return held.size;
    },
  };
}

function keyOf(row: ClaimedRow): string {
  return `${row.id}/${row.version}`;
}
