import type { EventHandler } from '@atlas/event-contracts';
import { accountOf, type HandlerDeps, inTurn } from '../account/handling.ts';
import { reversalOf } from '../account/heard.domain.ts';

/**
 * The money of a charge was given back: the subscription whose current period it pays ends, and a charge that has not been heard of
 * yet will not activate anything.
 */
export function onChargeReversed({ handle }: Pick<HandlerDeps, 'handle'>): EventHandler<'charge.reversed.v1'> {
  return async function onChargeReversed(event, context) {
    const command = reversalOf(event);
    const { events } = await inTurn(handle(accountOf(event, event.payload.account_id), command));
    const ended = events.some(({ type }) => type === 'subscription.changed');
    context.log.info({ charge_id: command.chargeId, ended }, 'reversal noted');
  };
}
