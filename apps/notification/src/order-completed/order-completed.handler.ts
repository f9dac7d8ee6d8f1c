import type { EventHandler, EventOf } from '@atlas/event-contracts';
import { type Consequences, runAll } from '../consequences.ts';
import { feedEntryOf } from '../feed/feed.domain.ts';
import { moneyIn } from '../mail/format.ts';
import { orderConfirmation, orderConfirmationView } from './order-confirmation.mail.ts';

/** An order was completed: its buyer gets a confirmation, the tenant's endpoints a webhook, and its feed an entry. */
export function onOrderCompleted({ mail, fanOut, feed }: Consequences): EventHandler<'order.completed.v1'> {
  return function onOrderCompleted(event, context) {
    return runAll(context, {
      mail: () =>
        context.once(orderConfirmation.name, ({ signal }) =>
          mail.send(
            {
              template: orderConfirmation,
              view: orderConfirmationView(event),
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

function feedEntry(event: EventOf<'order.completed.v1'>) {
  const { order_id, total, total_cents, currency, line_items, completed_at } = event.payload;
  return feedEntryOf(event, {
    title: `Order ${order_id} completed: ${moneyIn(currency).decimal(total)}`,
    data: { order_id, total, total_cents: total_cents ?? null, currency, lines: line_items.length, completed_at },
  });
}
