import { reason } from '../primitives.ts';
import { defineEvent } from '../define-event.ts';
import { charge, chargeExample } from './charge.ts';

export const chargeFailed = defineEvent({
  type: 'charge.failed',
  domain: 'billing',
  producer: 'billing',
  meaning: 'The payment provider has refused a charge for good. No money has moved.',
  versions: {
    '1.0': {
      payload: charge.extend({ reason }),
      example: { ...chargeExample, reason: 'card_declined' },
    },
  },
  current: { v1: '1.0' },
});
