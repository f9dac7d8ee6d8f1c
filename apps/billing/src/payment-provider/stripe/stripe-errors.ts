import Stripe from 'stripe';
import { PaymentRequestError, ProviderUnavailableError } from '../errors.ts';
import type { Refusal } from '../provider-wire.ts';
import { declineWord } from './stripe-objects.ts';

type StripeError = InstanceType<typeof Stripe.errors.StripeError>;

/** What a customer can change about a charge: another card, another currency. The rest of it is ours. */
const customersParameters: ReadonlySet<string> = new Set(['payment_method', 'currency', 'amount']);

/** What an error of a charge means: a decline, or the error to throw. Never an error of Stripe's own. */
export function refusalOfCharge(error: unknown): Refusal {
  const failure = answeredError(error);
  // 402: the card was asked, or could not be (https://docs.stripe.com/api/errors).
  if (failure.type === 'StripeCardError') return refused(declineWord(failure) ?? 'card_declined');
  if (customersParameters.has(failure.param ?? '')) return refused(failure.code ?? `invalid_${failure.param}`);
  throw new PaymentRequestError(failure.code ?? 'invalid_request', failure.message, { cause: failure });
}

/** What an error of a refund means: a refusal, with Stripe's word for it, or the error to throw. */
export function refusalOfRefund(error: unknown): Refusal {
  const failure = answeredError(error);
  if (failure.code === 'charge_already_refunded') return refused('already_refunded');
  return refused(failure.code ?? 'refund_refused');
}

/** For calls that Stripe has no reason to refuse. */
export function failureOf(error: unknown): Error {
  const failure = answeredError(error);
  return new PaymentRequestError(failure.code ?? 'invalid_request', failure.message, { cause: failure });
}

/**
 * The error as Stripe's answer about our request. Throws ProviderUnavailableError for everything that is no such answer: no
 * connection, 5xx, too many requests, another request under way with the same key (409), and refused credentials, because a
 * key that was rolled must not decline everybody's charges.
 */
function answeredError(error: unknown): StripeError {
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  const { statusCode: status = 0 } = error;
  const answered = status >= 400 && status < 500 && ![401, 403, 408, 409, 429].includes(status);
  if (answered) return error;
  throw new ProviderUnavailableError('stripe', { cause: error });
}

function refused(reason: string): Refusal {
  return { status: 'refused', reason };
}
