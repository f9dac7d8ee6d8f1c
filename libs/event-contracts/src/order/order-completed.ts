import { z } from 'zod';
import { defineEvent } from '../define-event.ts';
import { cents, currency, displayAmount, email, id, instant } from '../primitives.ts';

const lineItem = z.object({ sku: z.string().min(1).max(64), qty: z.int().min(1) });

const v1_0 = z.object({
  order_id: id,
  user_id: id,
  user_email: email,
  /** The business date. Orders imported by an operator may carry one in the past. */
  completed_at: instant,
  total: displayAmount,
  currency,
  line_items: z.array(lineItem),
});

/** 1.1 adds the money as integers. Readers fall back to `total` for events of 1.0. */
const v1_1 = v1_0.extend({
  total_cents: cents.optional(),
  line_items: z.array(lineItem.extend({ unit_price_cents: cents.optional() })),
});

const example = {
  order_id: '0198c5a1-7a10-7b0e-8c1d-5e6f708192a3',
  user_id: '0198c5a0-3f1e-7c52-9a57-0d7c1a2b3c4d',
  user_email: 'ada@example.com',
  completed_at: '2026-11-22T08:37:00.123Z',
  total: '37.45',
  currency: 'GBP',
};

export const orderCompleted = defineEvent({
  type: 'order.completed',
  domain: 'order',
  producer: 'gateway',
  meaning: 'An order was completed: its lines and its total will not change any more.',
  versions: {
    '1.0': {
      payload: v1_0,
      example: {
        ...example,
        line_items: [
          { sku: '85123A', qty: 6 },
          { sku: '71053', qty: 1 },
        ],
      },
    },
    '1.1': {
      payload: v1_1,
      example: {
        ...example,
        total_cents: 3745,
        line_items: [
          { sku: '85123A', qty: 6, unit_price_cents: 455 },
          { sku: '71053', qty: 1, unit_price_cents: 1015 },
        ],
      },
    },
  },
  current: { v1: '1.1' },
});
