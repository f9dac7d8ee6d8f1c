import type { Envelope } from '@atlas/event-contracts';

/** Whose mark it is: every event that was ever heard has a tenant and an id. */
export type MarkedEvent = Pick<Envelope, 'tenant_id' | 'id'>;

/**
 * The key of a mark that came later than its event, of which the existence is everything that it says. The tenant comes first, as everywhere. Each event is a
 * partition key of its own, because a walk writes thousands a second of one tenant and one build; an id is a UUID, so that no tenant's keys are another's.
 */
export function markKey({ tenant_id: tenant, id }: MarkedEvent, mark: string): { pk: string; sk: string } {
  return { pk: `TENANT#${tenant}#EVENT#${id}`, sk: mark };
}
