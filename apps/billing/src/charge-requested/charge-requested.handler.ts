import type { EventHandler } from '@atlas/event-contracts';
import type { ChargeDesk } from '../charge/charge-desk.ts';
import { rejecting } from '../charge/rejecting.ts';

/**
 * A charge was requested: it is carried out at the payment provider. What it is about is read from the account, which also
 * says whether it was carried out before.
 */
export function onChargeRequested({ desk }: { desk: ChargeDesk }): EventHandler<'charge.requested.v1'> {
  return function onChargeRequested(event, { signal }) {
    const { account_id: accountId, charge_id: chargeId } = event.payload;
    return rejecting(event, () => desk.carryOut({ accountId, chargeId }, { signal }));
  };
}
