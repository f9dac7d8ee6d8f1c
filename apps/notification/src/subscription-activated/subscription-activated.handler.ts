import type { EventHandler, EventOf } from '@atlas/event-contracts';
import { type Consequences, runAll } from '../consequences.ts';
import { feedEntryOf } from '../feed/feed.domain.ts';
import { subscriptionActivatedMail, subscriptionActivatedView } from './subscription-activated.mail.ts';

/** A subscription is active: who asked for it is told, the endpoints get a webhook, and the feed an entry. */
export function onSubscriptionActivated({
  mail,
  fanOut,
  feed,
}: Consequences): EventHandler<'subscription.activated.v1'> {
  return function onSubscriptionActivated(event, context) {
    return runAll(context, {
      mail: () =>
        context.once(subscriptionActivatedMail.name, ({ signal }) =>
          mail.send(
            {
              template: subscriptionActivatedMail,
              view: subscriptionActivatedView(event),
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

function feedEntry(event: EventOf<'subscription.activated.v1'>) {
  const { subscription_id, plan_id, price_cents, currency, interval, period_end } = event.payload;
  return feedEntryOf(event, {
    title: `Subscription to "${plan_id}" is active`,
    data: { subscription_id, plan_id, price_cents, currency, interval, period_end },
  });
}
