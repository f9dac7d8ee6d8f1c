/** What moves money for us. Every adapter passes `payment-provider.contract.ts`. */
export interface PaymentProvider {
  /** For logs and metrics. */
  readonly name: string;
  /**
   * Takes the money of a charge, at most once per `chargeId`, however often and however much later it is called: the
   * provider is first asked for a payment that carries this id, and only then told to create one, with the id as
   * idempotency key. So it is safe to call again after a crash, a timeout, or a day after the provider forgot the key.
   * A decline is final for this charge id. Throws ProviderUnavailableError (call again later, the money may or may not have
   * moved) and PaymentRequestError (calling again cannot help).
   */
  charge(request: ChargeRequest): Promise<ChargeResult>;
  /**
   * Gives all the money of a charge back, at most once, with the same promise and the same errors. A refusal is final for its
   * `attempt`; the next attempt asks anew.
   */
  refund(request: RefundRequest): Promise<RefundResult>;
  /** Whose payment this is, by what we have told the provider; undefined for one that is not Atlas's, or does not exist. */
  chargeOf(reference: string): Promise<{ chargeId: string; accountId: string } | undefined>;
  /** Throws ProviderUnavailableError while the provider does not answer, or while its circuit is open. Asks it at most every two seconds. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** An amount as in our prices: whole minor units, at least 1, and an ISO 4217 code in upper case. */
interface Money {
  readonly amountCents: number;
  readonly currency: string;
}

export interface ChargeRequest extends Money {
  readonly chargeId: string;
  readonly accountId: string;
  /** The provider's token for a card or an account, as the customer's browser got it; never a card number. */
  readonly paymentMethod: string;
  readonly signal?: AbortSignal | undefined;
}

export type ChargeResult =
  /** `reference` is the provider's id of the payment. */
  | { readonly outcome: 'succeeded'; readonly reference: string; readonly chargedAt: Date }
  /** `reason` is a word such as `insufficient_funds`. */
  | { readonly outcome: 'declined'; readonly reason: string }
  /** The provider is at it. The result comes by webhook, and calling again asks for it. */
  | { readonly outcome: 'pending'; readonly reference: string };

export interface RefundRequest extends Money {
  readonly chargeId: string;
  readonly accountId: string;
  /** As `charge` has returned it. */
  readonly reference: string;
  /** From 1. Only what was refused is asked with a higher number: a provider repeats its answer to the same question. */
  readonly attempt: number;
  readonly signal?: AbortSignal | undefined;
}

export type RefundResult =
  | { readonly outcome: 'refunded'; readonly reference: string; readonly refundedAt: Date }
  /** `reference` is the refund, where the provider has made one before it refused it. */
  | { readonly outcome: 'refused'; readonly reason: string; readonly reference?: string | undefined }
  | { readonly outcome: 'pending'; readonly reference: string };

/** What a provider tells us later, by itself. It may come twice, late, and before the answer to our own call. */
export type LateResult =
  | ({ readonly about: 'charge'; readonly result: Settled<ChargeResult> } & LateSubject)
  | ({
      readonly about: 'refund';
      readonly result: Settled<RefundResult>;
      /** Somebody made it at the provider: it is none of our attempts. */
      readonly byHand?: boolean | undefined;
    } & LateSubject);

type Settled<Result> = Exclude<Result, { outcome: 'pending' }>;

interface LateSubject extends Money {
  readonly chargeId: string;
  readonly accountId: string;
  /** The provider's id of this notice: the id of the command that it causes. */
  readonly noticeId: string;
}
