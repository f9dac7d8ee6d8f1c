import type { Envelope } from '@atlas/event-contracts';
import { type EnvelopeSource, type OutgoingEvent, prepareEvent } from '../publish/outgoing-event.ts';
import { outboxChannel } from './outbox-schema.ts';

/** Runs one parameterised statement in the transaction that stores the fact, whatever library began it. */
export type SqlExecutor = (text: string, values: unknown[]) => Promise<unknown>;

export interface Outbox {
  /**
   * Stores events in the transaction of their fact, so that both commit or neither does, and wakes the relay at the
   * commit: a row for each major that is published at the moment, under one id. All are validated before the first is stored;
   * returns their envelopes in the newest major, in the same order. Throws
   * UnknownEventTypeError, InvalidPayloadError or EnvelopeTooLargeError.
   * @example
   * await db.transaction().execute(async (tx) => {
   *   await saveOrder(tx, order);
   *   const [envelope] = await outbox.add(executorOf(tx), [{ type: 'order.completed', payload, meta }]);
   * });
   */
  add(tx: SqlExecutor, events: readonly OutgoingEvent[]): Promise<Envelope[]>;
}

/** One statement and one round trip, however many events a transaction has. NOTIFY is delivered by the commit. */
const addSql = `
WITH added AS (
  INSERT INTO outbox (id, version, event_type, domain, tenant_id, subject, traceparent, envelope, created_at)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                       $9::timestamptz[])
)
SELECT pg_notify('${outboxChannel}', '')`;

/** The outbox of one service. `source` is the service's name in every envelope. */
export function createOutbox(options: EnvelopeSource): Outbox {
  return {
    async add(tx, events) {
      if (events.length === 0) return [];
      const majors = events.map((event) => prepareEvent(options, event));
      const prepared = majors.flat();
      const column = <T>(value: (row: (typeof prepared)[number]) => T) => prepared.map(value);
      await tx(addSql, [
        column(({ envelope }) => envelope.id),
        column(({ envelope }) => envelope.version),
        column(({ envelope }) => envelope.event),
        column(({ wire }) => wire.domain),
        column(({ envelope }) => envelope.tenant_id),
        column(({ envelope }) => envelope.subject),
        column(({ wire }) => wire.attributes.traceparent),
        column(({ wire }) => wire.body),
        column(({ envelope }) => envelope.timestamp),
      ]);
      return majors.map(([{ envelope }]) => envelope);
    },
  };
}
