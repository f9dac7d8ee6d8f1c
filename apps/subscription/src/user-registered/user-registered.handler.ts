import type { EventHandler } from '@atlas/event-contracts';
import { accountOf, type HandlerDeps, inTurn } from '../account/handling.ts';
import { seatOf } from '../account/heard.domain.ts';

/** A person joined a tenant: one more seat is taken, once however often they are heard of. */
export function onUserRegistered({ handle }: Pick<HandlerDeps, 'handle'>): EventHandler<'user.registered.v1'> {
  return async function onUserRegistered(event) {
    await inTurn(handle(accountOf(event, event.payload.tenant_id), seatOf(event)));
  };
}
