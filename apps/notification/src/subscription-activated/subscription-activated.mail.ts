import type { EventOf } from '@atlas/event-contracts';
import { formatInstant, moneyIn } from '../mail/format.ts';
import { defineMail, type Fact, factTable } from '../mail/layout.ts';

/** What the mail about a new subscription shows. */
export interface SubscriptionActivatedView {
  readonly planId: string;
  readonly facts: readonly Fact[];
}

export const subscriptionActivatedMail = defineMail<SubscriptionActivatedView>({
  name: 'subscription-activated',
  subject: 'Your subscription to "{{planId}}" is active',
  text: `Your subscription to the plan "{{planId}}" is active.

${factTable.text}`,
  html: `<h1 style="margin:0 0 8px;font-size:22px">Your subscription is active</h1>
<p style="margin:0">You are now on the plan &ldquo;{{planId}}&rdquo;.</p>
${factTable.html}`,
});

/** What the mail about this activation shows. */
export function subscriptionActivatedView({
  payload,
}: EventOf<'subscription.activated.v1'>): SubscriptionActivatedView {
  return {
    planId: payload.plan_id,
    facts: [
      { label: 'Price', value: `${moneyIn(payload.currency).minor(payload.price_cents)} per ${payload.interval}` },
      { label: 'Paid until', value: formatInstant(payload.period_end) },
      { label: 'Subscription', value: payload.subscription_id },
      { label: 'Charge', value: payload.charge_id },
    ],
  };
}
