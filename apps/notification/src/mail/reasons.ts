/** What the words of billing, subscription and the payment provider mean to a customer. */
const sentences: Readonly<Record<string, string>> = {
  account_suspended: 'Your account is suspended',
  already_active: 'You already have this plan',
  authentication_required: 'Your bank asks you to confirm the payment',
  cancelled_meanwhile: 'The subscription was cancelled before the payment arrived',
  card_declined: 'Your card was declined',
  charged_after_failure: 'The payment went through after it had been reported as refused',
  currency_differs: 'Your subscription is paid in another currency',
  expired_card: 'Your card has expired',
  generic_decline: 'Your bank refused the payment',
  insufficient_funds: 'Your account or card has insufficient funds',
  plan_retired: 'This plan is not offered any more',
  plan_unknown: 'This plan is not offered',
  refunded_at_provider: 'Our support has given it back',
  seat_limit: 'Your account has more users than the plan has seats',
  superseded: 'You had chosen another plan in the meantime',
};

/** A reason for a customer to read, with the word that our support goes by; a reason that is no such word stays as it is. */
export function reasonInWords(reason: string): string {
  const sentence = Object.hasOwn(sentences, reason) ? sentences[reason] : undefined;
  return sentence === undefined ? reason : `${sentence} (${reason})`;
}
