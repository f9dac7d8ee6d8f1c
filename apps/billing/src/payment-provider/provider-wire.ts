import type { ChargeRequest, RefundRequest } from './payment-provider.ts';

/** What a provider has noted about a payment, in our words. */
export interface PaymentRecord {
  /** The provider's id. */
  readonly reference: string;
  readonly status: 'succeeded' | 'declined' | 'pending';
  /** Why it was declined. */
  readonly reason?: string | undefined;
  readonly amountCents: number;
  readonly currency: string;
  /** Whose money the provider thinks it is: what we have told it. */
  readonly accountId: string | undefined;
  readonly at: Date;
}

export interface RefundRecord {
  readonly reference: string;
  readonly status: 'succeeded' | 'refused' | 'pending';
  readonly reason?: string | undefined;
  readonly amountCents: number;
  readonly currency: string;
  /** Which of our attempts it was; undefined for a refund that somebody made by hand. */
  readonly attempt: number | undefined;
  readonly at: Date;
}

/** The provider says no, and has nothing to show for it. */
export interface Refusal {
  readonly status: 'refused';
  readonly reason: string;
}

/**
 * How one provider is spoken to: single calls, no memory, no second tries. Each throws ProviderUnavailableError when the provider
 * gave no answer that means anything, and PaymentRequestError when it says that the call is wrong.
 */
export interface ProviderWire {
  readonly name: string;
  /** Every payment that carries the charge id. */
  findPayments(chargeId: string, signal: AbortSignal): Promise<PaymentRecord[]>;
  createPayment(request: ChargeRequest, idempotencyKey: string, signal: AbortSignal): Promise<PaymentRecord | Refusal>;
  /** What we have noted on a payment; undefined when it does not exist. */
  readMetadata(reference: string, signal: AbortSignal): Promise<Readonly<Record<string, string>> | undefined>;
  /** Every refund of the payment, whoever made it. */
  findRefunds(reference: string, signal: AbortSignal): Promise<RefundRecord[]>;
  /** Refusal `already_refunded`: everything has been given back by now. */
  createRefund(request: RefundRequest, idempotencyKey: string, signal: AbortSignal): Promise<RefundRecord | Refusal>;
  /** The cheapest question that needs the provider and our credentials. */
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
