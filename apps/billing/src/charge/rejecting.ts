import { DomainRejectionError, RetryLaterError } from '@atlas/messaging';
import { PaymentRequestError } from '../payment-provider/errors.ts';
import { AccountBusyError } from './errors.ts';
import { RejectedError } from './rejected.domain.ts';

const busyMs = 1_000;

/**
 * Runs the work of a message about an account. What no retry can mend is dead-lettered at once, with its reason; so is an
 * event about an account that is not its tenant, which is a defect of its producer or a forgery.
 */
export async function rejecting(
  event: { tenant_id: string; payload: { account_id: string } },
  work: () => Promise<unknown>,
): Promise<void> {
  const { tenant_id: tenant, payload } = event;
  if (payload.account_id !== tenant) {
    throw new DomainRejectionError(`tenant ${tenant} has sent an event of account ${payload.account_id}`);
  }
  try {
    await work();
  } catch (error) {
    if (error instanceof AccountBusyError) throw new RetryLaterError(error.message, busyMs, { cause: error });
    if (!(error instanceof RejectedError) && !(error instanceof PaymentRequestError)) throw error;
    throw new DomainRejectionError(error.message, { cause: error });
  }
}
