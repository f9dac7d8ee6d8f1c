import { isUnreachable } from '@atlas/platform';
import { leakCheck } from '@atlas/testing';
import Stripe from 'stripe';
import { PaymentRequestError, ProviderUnavailableError } from '../errors.ts';
import { refusalOfCharge, refusalOfRefund } from './stripe-errors.ts';

type Raw = ConstructorParameters<typeof Stripe.errors.StripeError>[0];
const { StripeError, StripeCardError, StripeConnectionError } = Stripe.errors;
const error = (raw: Partial<NonNullable<Raw>>) =>
  new StripeError({ message: 'x', type: 'invalid_request_error', ...raw } as Raw);
const thrownBy = (call: () => unknown) => {
  try {
    return call();
  } catch (thrown) {
    return thrown;
  }
};

describe.each([
  ['a charge', refusalOfCharge],
  ['a refund', refusalOfRefund],
])('an answer to %s that says nothing about it', (_name, meaningOf) => {
  it.each([
    ['no connection', new StripeConnectionError({ message: 'ECONNRESET', type: 'api_error' } as Raw)],
    ['an error of Stripe', error({ statusCode: 500 })],
    ['an error of a proxy', error({ statusCode: 503 })],
    ['too many requests', error({ statusCode: 429 })],
    ['a lock that was not had', error({ statusCode: 429, code: 'lock_timeout' })],
    ['another call with the same key', error({ statusCode: 409, code: 'idempotency_key_in_use' })],
    ['a key that was rolled', error({ statusCode: 401 })],
    ['a key that may not', error({ statusCode: 403 })],
  ])('%s: ask again later', (_what, given) => {
    const meant = thrownBy(() => meaningOf(given));
    expect(meant).toBeInstanceOf(ProviderUnavailableError);
    expect(isUnreachable(meant)).toBe(true);
  });

  it('an error of ours stays what it is', () => {
    const bug = new TypeError('x is undefined');
    expect(thrownBy(() => meaningOf(bug))).toBe(bug);
  });
});

describe('an answer to a charge', () => {
  const declined = (code: string, decline_code?: string) =>
    new StripeCardError({ message: 'x', type: 'card_error', statusCode: 402, code, decline_code } as Raw);

  it.each([
    ['the bank’s word', declined('card_declined', 'insufficient_funds'), 'insufficient_funds'],
    ['Stripe’s word where the bank has none', declined('expired_card'), 'expired_card'],
    ['a card that needs its holder', declined('authentication_required'), 'authentication_required'],
    [
      'an unknown card',
      error({ statusCode: 400, code: 'resource_missing', param: 'payment_method' }),
      'resource_missing',
    ],
    ['a currency that is not taken', error({ statusCode: 400, param: 'currency' }), 'invalid_currency'],
    [
      'an amount that is too small',
      error({ statusCode: 400, code: 'amount_too_small', param: 'amount' }),
      'amount_too_small',
    ],
  ])('is a decline for %s', (_what, given, reason) => {
    expect(refusalOfCharge(given)).toEqual({ status: 'refused', reason });
  });

  it.each([
    ['a key that came with another charge', error({ statusCode: 400, type: 'idempotency_error' })],
    ['a parameter of ours', error({ statusCode: 400, code: 'parameter_unknown', param: 'amonut' })],
  ])('is for somebody to look at for %s', (_what, given) => {
    expect(thrownBy(() => refusalOfCharge(given))).toBeInstanceOf(PaymentRequestError);
  });
});

it.each([
  ['charge_already_refunded', 'already_refunded'],
  ['charge_disputed', 'charge_disputed'],
  [undefined, 'refund_refused'],
])('an answer to a refund is a refusal: %s', (code, reason) => {
  expect(refusalOfRefund(error({ statusCode: 400, ...(code === undefined ? {} : { code }) }))).toEqual({
    status: 'refused',
    reason,
  });
});

leakCheck();
