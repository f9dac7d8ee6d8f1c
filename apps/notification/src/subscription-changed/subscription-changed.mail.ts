import type { EventOf } from '@atlas/event-contracts';
import { moneyIn } from '../mail/format.ts';
import { defineMail, type Fact, factTable } from '../mail/layout.ts';

/** What the mail about a changed subscription shows. */
export interface SubscriptionChangedView {
  readonly headline: string;
  readonly facts: readonly Fact[];
}

export const subscriptionChangedMail = defineMail<SubscriptionChangedView>({
  name: 'subscription-changed',
  subject: '{{headline}}',
  text: `{{headline}}.

${factTable.text}`,
  html: `<h1 style="margin:0 0 8px;font-size:22px">{{headline}}</h1>
${factTable.html}`,
});

/** What the mail about this change shows. */
export function subscriptionChangedView({ payload }: EventOf<'subscription.changed.v1'>): SubscriptionChangedView {
  const { interval, from_interval = interval } = payload;
  const price = (cents: number, per: string) => `${moneyIn(payload.currency).minor(cents)} per ${per}`;
  const before = `${payload.from_plan_id}, ${price(payload.from_price_cents, from_interval)}`;
  const facts: Fact[] = [{ label: 'Before', value: before }];
  if (payload.to_plan_id !== null) {
    facts.push({ label: 'Now', value: `${payload.to_plan_id}, ${price(payload.to_price_cents, interval)}` });
  }
  facts.push({ label: 'Subscription', value: payload.subscription_id });
  return { headline: changeHeadline(payload), facts };
}

/** One sentence about what changed, also the title of the feed entry. */
export function changeHeadline({
  status,
  from_plan_id,
  to_plan_id,
}: EventOf<'subscription.changed.v1'>['payload']): string {
  if (status === 'cancelled') return `Your subscription to "${from_plan_id}" was cancelled`;
  if (status === 'ended' || to_plan_id === null) return `Your subscription to "${from_plan_id}" has ended`;
  return `Your plan changed from "${from_plan_id}" to "${to_plan_id}"`;
}
