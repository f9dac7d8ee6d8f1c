import { instant, reason } from '../primitives.ts';
import { defineEvent } from '../define-event.ts';
import { charge, chargeExample } from './charge.ts';

export const chargeReversed = defineEvent({
  type: 'charge.reversed',
  domain: 'billing',
  producer: 'billing',
  meaning: 'The money of a charge that had succeeded has been given back.',
  versions: {
    '1.0': {
      payload: charge.extend({ reason, reversed_at: instant }),
      example: { ...chargeExample, reason: 'plan_retired', reversed_at: '2026-11-22T08:37:02.900Z' },
    },
  },
  current: { v1: '1.0' },
});
