import type { EventOf } from '@atlas/event-contracts';
import { formatInstant, moneyIn } from '../mail/format.ts';
import { defineMail, type Fact, factTable } from '../mail/layout.ts';
import { reasonInWords } from '../mail/reasons.ts';

/** What the mail about a refused payment shows. */
export interface ChargeFailedView {
  readonly amount: string;
  readonly planId: string;
  readonly facts: readonly Fact[];
}

export const chargeFailedMail = defineMail<ChargeFailedView>({
  name: 'charge-failed',
  subject: 'Your payment of {{amount}} was refused',
  text: `We could not collect {{amount}} for the plan "{{planId}}". No money has moved.

${factTable.text}

Please check the payment method of your workspace and try again.
`,
  html: `<h1 style="margin:0 0 8px;font-size:22px">Your payment was refused</h1>
<p style="margin:0">We could not collect <strong>{{amount}}</strong> for the plan &ldquo;{{planId}}&rdquo;. No money has moved.</p>
${factTable.html}
<p style="margin:0">Please check the payment method of your workspace and try again.</p>`,
});

/** What the mail about this refused payment shows. */
export function chargeFailedView({ payload }: EventOf<'charge.failed.v1'>): ChargeFailedView {
  return {
    amount: moneyIn(payload.currency).minor(payload.amount_cents),
    planId: payload.plan_id,
    facts: [
      { label: 'Reason', value: reasonInWords(payload.reason) },
      { label: 'Charge', value: payload.charge_id },
      { label: 'Requested', value: formatInstant(payload.requested_at) },
    ],
  };
}
