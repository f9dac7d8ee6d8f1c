import type { EventHandler, EventOf } from '@atlas/event-contracts';
import { type Consequences, runAll } from '../consequences.ts';
import { feedEntryOf } from '../feed/feed.domain.ts';
import { moneyIn } from '../mail/format.ts';
import { chargeReversedMail, chargeReversedView } from './charge-reversed.mail.ts';

/** A payment was given back: who asked for it is told, the endpoints get a webhook, and the feed an entry. */
export function onChargeReversed({ mail, fanOut, feed }: Consequences): EventHandler<'charge.reversed.v1'> {
  return function onChargeReversed(event, context) {
    return runAll(context, {
      mail: () =>
        context.once(chargeReversedMail.name, ({ signal }) =>
          mail.send(
            {
              template: chargeReversedMail,
              view: chargeReversedView(event),
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

function feedEntry(event: EventOf<'charge.reversed.v1'>) {
  const { charge_id, plan_id, amount_cents, currency, reason, reversed_at } = event.payload;
  return feedEntryOf(event, {
    title: `Payment of ${moneyIn(currency).minor(amount_cents)} given back: ${reason}`,
    data: { charge_id, plan_id, amount_cents, currency, reason, reversed_at },
  });
}
