import { PaymentRequestError } from './errors.ts';
import type { ChargeRequest, ChargeResult, RefundRequest, RefundResult } from './payment-provider.ts';
import type { PaymentRecord, RefundRecord } from './provider-wire.ts';

/** As both providers take it in a search and in metadata, and as our own ids are. */
const id = /^[A-Za-z0-9_-]{1,128}$/;
/** Stripe: an amount has eight digits at most. */
const largestCents = 99_999_999;

/** Throws PaymentRequestError for what is no charge: nothing of it is sent. */
export function assertMoney(request: ChargeRequest | RefundRequest): void {
  const { chargeId, accountId, amountCents, currency } = request;
  const refuse = (reason: string, message: string) => {
    throw new PaymentRequestError(reason, message);
  };
  if (!id.test(chargeId)) refuse('invalid_charge_id', `"${chargeId}" is no charge id.`);
  if (!id.test(accountId)) refuse('invalid_account_id', `"${accountId}" is no account id.`);
  if (!Number.isInteger(amountCents) || amountCents < 1 || amountCents > largestCents) {
    refuse('invalid_amount', `${amountCents} is no amount: whole cents from 1 to ${largestCents} can be moved.`);
  }
  if (!/^[A-Z]{3}$/.test(currency)) refuse('invalid_currency', `"${currency}" is no currency code of ISO 4217.`);
}

/**
 * What has become of a charge, from what the provider has under its id; undefined when it has nothing. Throws
 * PaymentRequestError when that is other money, somebody else's, or was taken twice.
 */
export function chargeResultOf(records: readonly PaymentRecord[], request: ChargeRequest): ChargeResult | undefined {
  for (const record of records) assertSamePayment(record, request);
  const [taken, ...more] = records.filter(({ status }) => status === 'succeeded');
  if (more.length > 0) {
    const references = [taken, ...more].map((record) => record?.reference).join(', ');
    throw new PaymentRequestError(
      'charged_twice',
      `Charge ${request.chargeId} was taken more than once: ${references}.`,
    );
  }
  if (taken) return { outcome: 'succeeded', reference: taken.reference, chargedAt: taken.at };
  const pending = records.find(({ status }) => status === 'pending');
  if (pending) return { outcome: 'pending', reference: pending.reference };
  const declined = records.find(({ status }) => status === 'declined');
  return declined && { outcome: 'declined', reason: declineReason(declined.reason) };
}

function assertSamePayment(record: PaymentRecord, request: ChargeRequest): void {
  const { chargeId, accountId, amountCents, currency } = request;
  const under = `Charge ${chargeId} is ${amountCents} ${currency} of account ${accountId}, but payment ${record.reference}`;
  if (record.amountCents !== amountCents || record.currency !== currency) {
    throw new PaymentRequestError('other_money', `${under} under its id is ${record.amountCents} ${record.currency}.`);
  }
  if (record.accountId !== accountId) {
    throw new PaymentRequestError('other_account', `${under} under its id is of account ${record.accountId}.`);
  }
}

/** The money of a payment that is given back for good, and that is on its way. */
function returned(records: readonly RefundRecord[], status: RefundRecord['status']): number {
  return records.reduce((sum, record) => (record.status === status ? sum + record.amountCents : sum), 0);
}

/**
 * What has become of a refund, from all refunds of its payment; undefined when this attempt is still to be made. Money that
 * somebody has given back by hand counts: the customer has it. Throws PaymentRequestError when it is another currency.
 */
export function refundResultOf(records: readonly RefundRecord[], request: RefundRequest): RefundResult | undefined {
  const other = records.find(({ currency }) => currency !== request.currency);
  if (other) {
    throw new PaymentRequestError(
      'other_money',
      `Charge ${request.chargeId} is in ${request.currency}, but refund ${other.reference} of its payment is in ${other.currency}.`,
    );
  }
  const done = records
    .filter(({ status }) => status === 'succeeded')
    .toSorted((a, b) => b.at.getTime() - a.at.getTime());
  if (done[0] && returned(records, 'succeeded') >= request.amountCents) {
    return { outcome: 'refunded', reference: done[0].reference, refundedAt: done[0].at };
  }
  const pending = records.find(({ status }) => status === 'pending');
  if (pending && leftToRefund(records, request) <= 0) return { outcome: 'pending', reference: pending.reference };
  const refused = records.find(({ status, attempt }) => status === 'refused' && attempt === request.attempt);
  return refused && { outcome: 'refused', reason: refused.reason ?? 'refund_refused', reference: refused.reference };
}

/** What of the charge nobody has given back yet, in cents. */
export function leftToRefund(records: readonly RefundRecord[], { amountCents }: RefundRequest): number {
  return amountCents - returned(records, 'succeeded') - returned(records, 'pending');
}

/** One word for what every provider calls differently; other words of the provider stay as they are. */
export function declineReason(word: string | undefined): string {
  return word === undefined || word === 'generic_decline' ? 'card_declined' : word;
}
