import type { EventOf, HandlerContext } from '@atlas/event-contracts';
import { accountOf, type HandlerDeps, inTurn } from '../account/handling.ts';
import { activationOf } from '../account/heard.domain.ts';

/**
 * A charge succeeded, in either major of the event: it becomes a subscription, or billing is told why not. Whoever hears of it again,
 * under whichever event, decides nothing: the answer that was recorded is published once more, with its id. A charge whose
 * reversal was heard is answered no more: billing has closed it.
 */
export function onChargeSucceeded({ handle, answers, newId, outcomes }: HandlerDeps) {
  return async function onChargeSucceeded(
    event: EventOf<'charge.succeeded.v1'> | EventOf<'charge.succeeded.v2'>,
    context: Pick<HandlerContext, 'log'>,
  ): Promise<void> {
    const command = activationOf(event, `sub_${newId()}`);
    const { chargeId, accountId } = command.charge;
    const handled = await inTurn(handle(accountOf(event, accountId), command));
    const outcome = handled.account.outcomes.get(chargeId)!;
    if (handled.events.length > 0) {
      outcomes.decided(outcome);
      context.log.info({ charge_id: chargeId, plan_id: command.charge.planId, outcome }, 'charge decided');
      return;
    }
    outcomes.repeated();
    context.log.info({ charge_id: chargeId, outcome }, 'charge heard of again');
    if (handled.answer !== undefined && outcome.reversedAt === undefined) await answers.repeat(handled.answer);
  };
}
