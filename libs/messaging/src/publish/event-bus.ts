import type { EventType, NewPayload } from '@atlas/event-contracts';
import { PartialPublishError } from '../errors.ts';
import {
  type EnvelopeSource,
  type OutgoingEvent,
  prepareEvent,
  type PreparedEvent,
  type PublishMeta,
} from './outgoing-event.ts';
import type { Publisher } from './publisher.ts';

export interface EventBus {
  /**
   * Publishes one event, in every major that is published at the moment, and resolves with its id when SNS has accepted it. An unknown type or a payload that breaks its
   * contract is refused before anything is sent. Rejects as `Publisher.send` does.
   *
   * A fact that is stored in PostgreSQL belongs into the outbox instead: a crash between commit and publish loses the
   * event that is published here.
   * @example
   * await bus.publish('charge.failed', payload, { tenantId, subject: accountId, sequence: 7 });
   */
  publish<T extends EventType>(type: T, payload: NewPayload<T>, meta: PublishMeta): Promise<{ id: string }>;
  /**
   * Publishes several events, all of which are validated before the first is sent; the ids come in the same order.
   * Rejects with PartialPublishError when SNS did not accept all of them.
   */
  publishAll(events: readonly OutgoingEvent[]): Promise<{ id: string }[]>;
}

/** The bus of one service: validates by contract, stamps the envelope, and sends through the publisher. */
export function createEventBus(options: EnvelopeSource & { readonly publisher: Publisher }): EventBus {
  /** When not all majors were accepted the caller may publish again under the same id: consumers handle it once. */
  const send = (majors: readonly PreparedEvent[]) =>
    Promise.all(majors.map(({ wire }) => options.publisher.send(wire)));
  return {
    async publish(type, payload, meta) {
      const majors = prepareEvent(options, { type, payload, meta } as OutgoingEvent);
      await send(majors);
      return { id: majors[0].envelope.id };
    },
    async publishAll(events) {
      const prepared = events.map((event) => prepareEvent(options, event));
      const ids = prepared.map(([{ envelope }]) => envelope.id);
      const results = await Promise.allSettled(prepared.map(send));
      const failures = results.flatMap((result, index) =>
        result.status === 'rejected' ? [{ id: ids[index]!, error: result.reason as unknown }] : [],
      );
      if (failures.length > 0) throw new PartialPublishError(failures, ids.length);
      return ids.map((id) => ({ id }));
    },
  };
}
