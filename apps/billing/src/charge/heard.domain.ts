import type { EventOf } from '@atlas/event-contracts';
import type { AccountCommand } from './account.domain.ts';

/** What `subscription.activated` means for its charge. */
export function confirmationOf({ payload }: Pick<EventOf<'subscription.activated.v1'>, 'payload'>): AccountCommand {
  return { type: 'ConfirmCharge', chargeId: payload.charge_id, subscriptionId: payload.subscription_id };
}

/** What `subscription.activation_failed` means for its charge. */
export function reversalOf({ payload }: Pick<EventOf<'subscription.activation_failed.v1'>, 'payload'>): AccountCommand {
  return { type: 'RequestReversal', chargeId: payload.charge_id, reason: payload.reason };
}
