import { defineEvent } from '../define-event.ts';
import { charge, chargeExample } from './charge.ts';

export const chargeRequested = defineEvent({
  type: 'charge.requested',
  domain: 'billing',
  producer: 'billing',
  meaning: 'An account has asked to be charged for a plan. No money has moved yet.',
  versions: {
    '1.0': {
      payload: charge,
      example: chargeExample,
    },
  },
  current: { v1: '1.0' },
});
