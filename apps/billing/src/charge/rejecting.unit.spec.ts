import { DomainRejectionError, RetryLaterError } from '@atlas/messaging';
import { leakCheck } from '@atlas/testing';
import { PaymentRequestError, ProviderUnavailableError } from '../payment-provider/errors.ts';
import { AccountBusyError } from './errors.ts';
import { RejectedError } from './rejected.domain.ts';
import { rejecting } from './rejecting.ts';

const event = { tenant_id: 't-1', payload: { account_id: 't-1' } };
const failing = (error: Error) => rejecting(event, () => Promise.reject(error));

it('what no retry can mend is a dead letter with its reason', async () => {
  for (const error of [
    new RejectedError('X', 'it was said'),
    new PaymentRequestError('amount_too_small', 'it was said'),
  ]) {
    const rejection = failing(error);
    await expect(rejection).rejects.toThrow(DomainRejectionError);
    await expect(rejection).rejects.toMatchObject({ message: 'it was said', cause: error });
  }
  const work = jest.fn<Promise<void>, []>().mockResolvedValue();
  await expect(rejecting({ ...event, tenant_id: 't-2' }, work)).rejects.toThrow(DomainRejectionError);
  expect(work).not.toHaveBeenCalled();
});

it('of a busy account one message waits, of an outage all', async () => {
  await expect(failing(new AccountBusyError('t-1'))).rejects.toThrow(RetryLaterError);
  await expect(failing(new ProviderUnavailableError('sandbox'))).rejects.toThrow(ProviderUnavailableError);
});

leakCheck();
