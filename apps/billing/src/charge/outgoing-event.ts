import type { Recorded } from '@atlas/event-store';
import type { OutgoingEvent } from '@atlas/messaging';
import { type AccountEvent, publicEventTypes } from './account-events.domain.ts';

type PublicEvent = Recorded<Extract<AccountEvent, { type: (typeof publicEventTypes)[number] }>>;

/**
 * What other services are told of these facts, in the same order. Publishing parses by the contracts, which strips what is
 * private. An event keeps the id of its fact; its `sequence` is the version of the account's stream.
 */
export function toOutgoing(recorded: readonly Recorded<AccountEvent>[]): OutgoingEvent[] {
  return recorded.filter(isPublic).map((event): OutgoingEvent => {
    const meta = {
      ...{ id: event.id, tenantId: event.streamId, subject: event.payload.charge_id, sequence: event.version },
      ...{ correlationId: event.correlationId, causationId: event.causationId },
    };
    if (event.type !== 'charge.succeeded') return { type: event.type, payload: event.payload, meta } as OutgoingEvent;
    const { amount_cents: cents, currency, ...rest } = event.payload;
    return { type: event.type, payload: { ...rest, amount: { cents, currency } }, meta };
  });
}

function isPublic(event: Recorded<AccountEvent>): event is PublicEvent {
  return (publicEventTypes as readonly string[]).includes(event.type);
}
