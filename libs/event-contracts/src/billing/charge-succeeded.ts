import { instant } from '../primitives.ts';
import { defineEvent } from '../define-event.ts';
import { charge, chargeExample } from './charge.ts';

export const chargeSucceeded = defineEvent({
  type: 'charge.succeeded',
  domain: 'billing',
  producer: 'billing',
  meaning: 'The payment provider has taken the money of a charge.',
  versions: {
    '1.0': {
      payload: charge.extend({ charged_at: instant }),
      example: { ...chargeExample, charged_at: '2026-11-22T08:37:01.480Z' },
    },
  },
  current: { v1: '1.0' },
});
