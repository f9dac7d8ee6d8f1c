/** What a test payment method makes the provider do. */
export interface TestMethod {
  /** For the page. */
  readonly meaning: string;
  /** The charge is refused, with this word. */
  readonly decline?: string;
  /** The money takes a while: the charge, or the refund, is pending until it is settled. */
  readonly pending?: 'charge' | 'refund';
  /** What the first call with an idempotency key suffers; the second one is answered. */
  readonly firstCall?: 'hangs after charging' | 'fails before charging';
  /** The answer takes this long. */
  readonly slow?: true;
  /** Refunds are refused: this many, or until `POST /behaviour` accepts them. */
  readonly refundRefusals?: number;
}

const visa: TestMethod = { meaning: 'succeeds' };
const declined: TestMethod = { meaning: 'declined', decline: 'generic_decline' };
const insufficient: TestMethod = { meaning: 'declined for lack of money', decline: 'insufficient_funds' };

/**
 * The payment methods that this provider knows: Stripe's own test tokens where there is one
 * (https://docs.stripe.com/testing), so that a script works with either provider, and names for what only we simulate.
 */
export const testMethods: ReadonlyMap<string, TestMethod> = new Map<string, TestMethod>([
  ['pm_card_visa', visa],
  ['pm_card_mastercard', visa],
  ['pm_card_declined', declined],
  ['pm_card_visa_chargeDeclined', declined],
  ['pm_card_insufficient_funds', insufficient],
  ['pm_card_visa_chargeDeclinedInsufficientFunds', insufficient],
  ['pm_card_chargeDeclinedExpiredCard', { meaning: 'declined as expired', decline: 'expired_card' }],
  ['pm_card_authenticationRequired', { meaning: 'declined without its holder', decline: 'authentication_required' }],
  [
    'pm_card_timeout_then_success',
    { meaning: 'charged, but the first answer never comes', firstCall: 'hangs after charging' },
  ],
  ['pm_card_error_then_success', { meaning: 'first a 500, then it succeeds', firstCall: 'fails before charging' }],
  ['pm_card_slow', { meaning: 'succeeds slowly', slow: true }],
  [
    'pm_card_refund_refused',
    { meaning: 'succeeds; refunds are refused until told otherwise', refundRefusals: Number.POSITIVE_INFINITY },
  ],
  ['pm_card_refund_refused_once', { meaning: 'succeeds; the first refund is refused', refundRefusals: 1 }],
  ['pm_card_pendingRefund', { meaning: 'succeeds; a refund is settled later', pending: 'refund' }],
  ['pm_usBankAccount_success', { meaning: 'settled later: succeeds', pending: 'charge' }],
  [
    'pm_usBankAccount_insufficientFunds',
    { meaning: 'settled later: declined', pending: 'charge', decline: 'insufficient_funds' },
  ],
]);
