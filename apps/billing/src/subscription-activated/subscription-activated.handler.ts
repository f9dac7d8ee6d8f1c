import type { EventHandler } from '@atlas/event-contracts';
import type { Accounts } from '../charge/accounts.ts';
import { confirmationOf } from '../charge/heard.domain.ts';
import { rejecting } from '../charge/rejecting.ts';

/** A charge has become a subscription: it is confirmed, and nobody waits for news of it any more. */
export function onSubscriptionActivated({
  accounts,
}: {
  accounts: Accounts;
}): EventHandler<'subscription.activated.v1'> {
  return function onSubscriptionActivated(event) {
    return rejecting(event, () => accounts.handle(event.tenant_id, confirmationOf(event)));
  };
}
