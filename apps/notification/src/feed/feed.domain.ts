import type { Envelope } from '@atlas/event-contracts';

/** One line of a tenant's activity feed. */
export interface FeedEntry {
  readonly tenantId: string;
  readonly eventId: string;
  readonly type: string;
  readonly title: string;
  /** The aggregate that it is about: an order id, a user id, a subscription id. */
  readonly subject: string;
  readonly occurredAt: string;
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
}

/**
 * The feed entry of an event. It occurred when the event was made: an imported order of 2010 is today's activity, and
 * its business date is in `data`.
 */
export function feedEntryOf(
  event: Pick<Envelope, 'id' | 'tenant_id' | 'event' | 'subject' | 'timestamp'>,
  { title, data }: Pick<FeedEntry, 'title' | 'data'>,
): FeedEntry {
  return {
    tenantId: event.tenant_id,
    eventId: event.id,
    type: event.event,
    title,
    subject: event.subject,
    // One form of the instant, because it is compared as text: RFC 3339 leaves the fraction open.
    occurredAt: new Date(event.timestamp).toISOString(),
    data,
  };
}
