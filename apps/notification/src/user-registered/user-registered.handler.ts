import type { EventHandler, EventOf } from '@atlas/event-contracts';
import { type Consequences, runAll } from '../consequences.ts';
import { feedEntryOf } from '../feed/feed.domain.ts';
import { welcome, welcomeView } from './welcome.mail.ts';

/**
 * A person has an account: a welcome mail, webhooks, a feed entry. The address is kept, because the owners of a tenant
 * are told when one of its webhook endpoints is switched off.
 */
export function onUserRegistered({ mail, fanOut, feed, contacts }: Consequences): EventHandler<'user.registered.v1'> {
  return function onUserRegistered(event, context) {
    const { user_id, user_email, role } = event.payload;
    return runAll(context, {
      mail: () =>
        context.once(welcome.name, ({ signal }) =>
          mail.send({ template: welcome, view: welcomeView(event), reference: event.id, to: [user_email] }, signal),
        ),
      webhooks: () => fanOut(event),
      feed: () => feed.add(feedEntry(event)),
      contact: () => contacts.remember({ tenantId: event.tenant_id, userId: user_id, email: user_email, role }),
    });
  };
}

function feedEntry(event: EventOf<'user.registered.v1'>) {
  const { user_id, user_name, role } = event.payload;
  return feedEntryOf(event, { title: `${user_name} joined as ${role}`, data: { user_id, user_name, role } });
}
