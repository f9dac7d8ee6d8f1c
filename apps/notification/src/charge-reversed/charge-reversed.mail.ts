import type { EventOf } from '@atlas/event-contracts';
import { formatInstant, moneyIn } from '../mail/format.ts';
import { defineMail, type Fact, factTable } from '../mail/layout.ts';
import { reasonInWords } from '../mail/reasons.ts';

/** What the mail about a payment that was given back shows. */
export interface ChargeReversedView {
  readonly amount: string;
  readonly planId: string;
  readonly facts: readonly Fact[];
}

export const chargeReversedMail = defineMail<ChargeReversedView>({
  name: 'charge-reversed',
  subject: 'Your payment of {{amount}} was given back',
  text: `We have given back your payment of {{amount}} for the plan "{{planId}}".

${factTable.text}

Depending on your bank it takes some days until you see it.
`,
  html: `<h1 style="margin:0 0 8px;font-size:22px">Your payment was given back</h1>
<p style="margin:0">We have given back your payment of <strong>{{amount}}</strong> for the plan &ldquo;{{planId}}&rdquo;.</p>
${factTable.html}
<p style="margin:0">Depending on your bank it takes some days until you see it.</p>`,
});

/** What the mail about this reversal shows. */
export function chargeReversedView({ payload }: EventOf<'charge.reversed.v1'>): ChargeReversedView {
  return {
    amount: moneyIn(payload.currency).minor(payload.amount_cents),
    planId: payload.plan_id,
    facts: [
      { label: 'Reason', value: reasonInWords(payload.reason) },
      { label: 'Charge', value: payload.charge_id },
      { label: 'Given back', value: formatInstant(payload.reversed_at) },
    ],
  };
}
