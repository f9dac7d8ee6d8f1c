import { composeEnvelopes, type Envelope, type EventType, type NewPayload } from '@atlas/event-contracts';
import { childTraceparent, currentContext, newTraceparent } from '@atlas/platform';
import { toWireMessage, type WireMessage } from './wire-message.ts';

/** What the maker of an event says about it. Left out, the ids come from the request or message being handled. */
export interface PublishMeta {
  readonly tenantId: string;
  /** The id of the aggregate that the event is about. */
  readonly subject: string;
  /** The version of the subject after this event; consumers that need an order go by it. */
  readonly sequence: number;
  readonly correlationId?: string;
  readonly causationId?: string;
  /** Given when the event must keep one id over several tries; otherwise a new one is made. */
  readonly id?: string;
}

type EventOfType<T extends EventType> = {
  readonly type: T;
  readonly payload: NewPayload<T>;
  readonly meta: PublishMeta;
};

/** An event that is about to be published, with the payload that its type asks for. */
export type OutgoingEvent = { [T in EventType]: EventOfType<T> }[EventType];

export interface EnvelopeSource {
  /** The service's name, `source` in the envelope. */
  readonly source: string;
  readonly clock: () => Date;
  /** Makes a uuid v7. */
  readonly newId: () => string;
}

/** One version of an event, as an envelope and as it goes on the wire. */
export interface PreparedEvent {
  readonly envelope: Envelope;
  readonly wire: WireMessage;
}

/**
 * Validates an event and makes its envelope and wire message, in the trace of the current request or message: one for each
 * major that is published at the moment, newest first, all with one id. Throws UnknownEventTypeError, InvalidPayloadError or
 * EnvelopeTooLargeError; nothing has been sent or stored then.
 */
export function prepareEvent(from: EnvelopeSource, event: OutgoingEvent): [PreparedEvent, ...PreparedEvent[]] {
  const context = currentContext();
  const id = event.meta.id ?? from.newId();
  const correlationId = event.meta.correlationId ?? context?.correlationId ?? id;
  const [newest, ...older] = composeEnvelopes(event.type, event.payload, {
    id,
    timestamp: from.clock().toISOString(),
    source: from.source,
    tenantId: event.meta.tenantId,
    subject: event.meta.subject,
    sequence: event.meta.sequence,
    correlationId,
    causationId: event.meta.causationId ?? context?.causationId ?? correlationId,
  });
  const traceparent = context ? childTraceparent(context.traceparent) : newTraceparent();
  const prepare = (envelope: Envelope) => ({ envelope, wire: toWireMessage(envelope, traceparent) });
  return [prepare(newest), ...older.map(prepare)];
}
