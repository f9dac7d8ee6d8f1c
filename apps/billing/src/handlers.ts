import type { HandlersFor } from '@atlas/event-contracts';
import type { Probe } from '@atlas/platform';
import type { Accounts } from './charge/accounts.ts';
import type { ChargeDesk } from './charge/charge-desk.ts';
import { onChargeRequested } from './charge-requested/charge-requested.handler.ts';
import { onSubscriptionActivated } from './subscription-activated/subscription-activated.handler.ts';
import { onSubscriptionActivationFailed } from './subscription-activation-failed/subscription-activation-failed.handler.ts';

/** Who receives what in this service; the topology says which keys there must be. */
export const createHandlers = (deps: { accounts: Accounts; desk: ChargeDesk; probe: Probe }) =>
  ({
    'charge.requested.v1': onChargeRequested(deps),
    'subscription.activated.v1': onSubscriptionActivated(deps),
    'subscription.activation_failed.v1': onSubscriptionActivationFailed(deps),
  }) satisfies HandlersFor<'billing'>;
