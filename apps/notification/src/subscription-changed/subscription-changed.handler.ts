import type { EventHandler, EventOf } from '@atlas/event-contracts';
import { type Consequences, runAll } from '../consequences.ts';
import { feedEntryOf } from '../feed/feed.domain.ts';
import { changeHeadline, subscriptionChangedMail, subscriptionChangedView } from './subscription-changed.mail.ts';

/**
 * A subscription has another plan or has ended: who did it is told, the endpoints get a webhook, and the feed an entry.
 */
export function onSubscriptionChanged({ mail, fanOut, feed }: Consequences): EventHandler<'subscription.changed.v1'> {
  return function onSubscriptionChanged(event, context) {
    return runAll(context, {
      mail: () =>
        context.once(subscriptionChangedMail.name, ({ signal }) =>
          mail.send(
            {
              template: subscriptionChangedMail,
              view: subscriptionChangedView(event),
              reference: event.id,
              to: [event.payload.user_email],
            },
            signal,
          ),
        ),
      webhooks: () => fanOut(event),
      feed: () => feed.add(feedEntry(event)),
    });
  };
}

function feedEntry(event: EventOf<'subscription.changed.v1'>) {
  const { subscription_id, status, from_plan_id, to_plan_id } = event.payload;
  return feedEntryOf(event, {
    title: changeHeadline(event.payload),
    data: { subscription_id, status, from_plan_id, to_plan_id },
  });
}
