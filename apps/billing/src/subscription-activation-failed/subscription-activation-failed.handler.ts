import type { EventHandler } from '@atlas/event-contracts';
import type { Probe } from '@atlas/platform';
import { findCharge } from '../charge/account.domain.ts';
import type { Accounts } from '../charge/accounts.ts';
import type { ChargeDesk } from '../charge/charge-desk.ts';
import { reversalOf } from '../charge/heard.domain.ts';
import { rejecting } from '../charge/rejecting.ts';

/**
 * A charge cannot become a subscription: its money is given back. First it is noted that it has to be, so that nothing is
 * forgotten when this message is; a refusal by the provider is then no failure of the message.
 */
export function onSubscriptionActivationFailed(deps: {
  accounts: Accounts;
  desk: ChargeDesk;
  probe: Probe;
}): EventHandler<'subscription.activation_failed.v1'> {
  const { accounts, desk, probe } = deps;
  return function onSubscriptionActivationFailed(event, { signal }) {
    const { account_id: accountId, charge_id: chargeId } = event.payload;
    return rejecting(event, async () => {
      const { state } = await accounts.handle(accountId, reversalOf(event));
      await probe('reversal.requested');
      // A reversal that waits for the answer to the charge is carried on by whoever gets that answer.
      if (findCharge(state, chargeId)?.status === 'reversing') await desk.carryOut({ accountId, chargeId }, { signal });
    });
  };
}
