import type { HandlersFor } from '@atlas/event-contracts';
import type { HandlerDeps } from './account/handling.ts';
import { onChargeReversed } from './charge-reversed/charge-reversed.handler.ts';
import { onChargeSucceeded } from './charge-succeeded/charge-succeeded.handler.ts';
import { onUserRegistered } from './user-registered/user-registered.handler.ts';

/** Who receives what in this service; the topology says which keys there must be. Both majors of a charge have one handler. */
export const createHandlers = (deps: HandlerDeps) =>
  ({
    'user.registered.v1': onUserRegistered(deps),
    'charge.succeeded.v1': onChargeSucceeded(deps),
    'charge.succeeded.v2': onChargeSucceeded(deps),
    'charge.reversed.v1': onChargeReversed(deps),
  }) satisfies HandlersFor<'subscription'>;
