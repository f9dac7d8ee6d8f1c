import type { EventHandler, EventOf } from '@atlas/event-contracts';
import { type Consequences, runAll } from '../consequences.ts';
import { feedEntryOf } from '../feed/feed.domain.ts';
import { moneyIn } from '../mail/format.ts';
import { chargeFailedMail, chargeFailedView } from './charge-failed.mail.ts';

/** A payment was refused for good: who asked for it is told, the endpoints get a webhook, and the feed an entry. */
export function onChargeFailed({ mail, fanOut, feed }: Consequences): EventHandler<'charge.failed.v1'> {
  return function onChargeFailed(event, context) {
    return runAll(context, {
      mail: () =>
        context.once(chargeFailedMail.name, ({ signal }) =>
          mail.send(
            {
              template: chargeFailedMail,
              view: chargeFailedView(event),
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

function feedEntry(event: EventOf<'charge.failed.v1'>) {
  const { charge_id, plan_id, amount_cents, currency, reason } = event.payload;
  return feedEntryOf(event, {
    title: `Payment of ${moneyIn(currency).minor(amount_cents)} refused: ${reason}`,
    data: { charge_id, plan_id, amount_cents, currency, reason },
  });
}
