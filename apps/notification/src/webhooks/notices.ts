import type { Contacts } from '../contacts/dynamo-contacts.ts';
import type { MailDesk } from '../mail/mail-desk.ts';
import type { AttemptResult } from './delivery.domain.ts';
import { type ClaimedDelivery, noticeIdOf } from './delivery-item.ts';
import type { Endpoints } from './dynamo-endpoints.ts';
import { endpointSwitchedOffMail, endpointSwitchedOffView } from './endpoint-switched-off.mail.ts';

/** Tells the owners of a tenant that one of their endpoints was switched off. */
export interface Notices {
  /**
   * Sends the mail of a notice; a notice that is overtaken by events or has no reader counts as delivered. Never
   * rejects.
   */
  send(notice: ClaimedDelivery): Promise<AttemptResult>;
}

/** Notices to the owners that `contacts` knows from their registration. */
export function createNotices(deps: {
  endpoints: Endpoints;
  contacts: Contacts;
  mail: MailDesk;
  now: () => number;
}): Notices {
  const { endpoints, contacts, mail, now } = deps;

  const send = async ({ tenantId, endpointId, eventId }: ClaimedDelivery): Promise<void> => {
    const endpoint = await endpoints.get(tenantId, endpointId);
    // Deleted, switched on again, or switched off once more, with a notice of its own.
    if (endpoint?.status !== 'off' || noticeIdOf(endpoint.offAt) !== eventId) return;
    const owners = await contacts.owners(tenantId);
    if (owners.length === 0) return;
    await mail.send({
      template: endpointSwitchedOffMail,
      view: endpointSwitchedOffView(endpoint),
      reference: `${endpointId}.${endpoint.offAt}`,
      to: owners.map(({ email }) => email),
    });
  };

  return {
    async send(notice) {
      const at = now();
      const startedAt = performance.now();
      const took = () => ({ at, durationMs: Math.round(performance.now() - startedAt) });
      try {
        await send(notice);
        return { outcome: 'delivered', attempt: took() };
      } catch (error) {
        return { outcome: 'failed', attempt: { ...took(), error: (error as Error).message.slice(0, 200) } };
      }
    },
  };
}
