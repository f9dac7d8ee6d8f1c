import { z } from 'zod';
import { cents, currency, instant } from '../primitives.ts';
import { defineEvent } from '../define-event.ts';
import { charge, chargeExample } from './charge.ts';

const v1_0 = charge.extend({ charged_at: instant });

/** Money is one thing: an amount cannot be read without its currency. */
const v2_0 = v1_0.omit({ amount_cents: true, currency: true }).extend({ amount: z.object({ cents, currency }) });

const { amount_cents, currency: exampleCurrency, ...who } = chargeExample;
const charged_at = '2026-11-22T08:37:01.480Z';

export const chargeSucceeded = defineEvent({
  type: 'charge.succeeded',
  domain: 'billing',
  producer: 'billing',
  meaning: 'The payment provider has taken the money of a charge.',
  versions: {
    '1.0': { payload: v1_0, example: { ...chargeExample, charged_at } },
    '2.0': {
      payload: v2_0,
      example: { ...who, amount: { cents: amount_cents, currency: exampleCurrency }, charged_at },
    },
  },
  current: { v1: '1.0', v2: '2.0' },
  translations: {
    v1: ({ amount, ...rest }: z.output<typeof v2_0>) => ({
      ...rest,
      amount_cents: amount.cents,
      currency: amount.currency,
    }),
  },
});
