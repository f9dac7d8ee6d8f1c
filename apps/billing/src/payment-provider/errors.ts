import { DependencyUnavailableError } from '@atlas/platform';

/**
 * The payment provider does not answer, answers with an error of its own, or has failed so often that it is left alone for a
 * while. Whether money has moved is unknown: the same call, made again, finds out. `isUnreachable` recognises it.
 */
export class ProviderUnavailableError extends DependencyUnavailableError {
  constructor(provider: string, options?: ErrorOptions) {
    super(`the payment provider (${provider})`, options);
    this.name = 'ProviderUnavailableError';
  }
}

/**
 * Somebody has to look: the call is no charge at all (a negative amount, a word for a currency), or other money was moved under its
 * charge id before. This call has moved nothing, and calling again cannot help. A customer's mistake is a decline instead.
 */
export class PaymentRequestError extends Error {
  readonly code = 'PAYMENT_REQUEST_INVALID';
  /** The provider's word for it, or ours. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PaymentRequestError';
    this.reason = reason;
  }
}
