import type { HandlersFor } from '@atlas/event-contracts';
import { onChargeFailed } from './charge-failed/charge-failed.handler.ts';
import { onChargeReversed } from './charge-reversed/charge-reversed.handler.ts';
import type { Consequences } from './consequences.ts';
import { onOrderCompleted } from './order-completed/order-completed.handler.ts';
import { onSubscriptionActivated } from './subscription-activated/subscription-activated.handler.ts';
import { onSubscriptionChanged } from './subscription-changed/subscription-changed.handler.ts';
import { onUserRegistered } from './user-registered/user-registered.handler.ts';

/** Who receives what in this service; the topology says which keys there must be. */
export const createHandlers = (consequences: Consequences) =>
  ({
    'user.registered.v1': onUserRegistered(consequences),
    'order.completed.v1': onOrderCompleted(consequences),
    'charge.failed.v1': onChargeFailed(consequences),
    'charge.reversed.v1': onChargeReversed(consequences),
    'subscription.activated.v1': onSubscriptionActivated(consequences),
    'subscription.changed.v1': onSubscriptionChanged(consequences),
  }) satisfies HandlersFor<'notification'>;
