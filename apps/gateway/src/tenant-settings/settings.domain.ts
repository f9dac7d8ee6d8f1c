import { isCurrency } from '@atlas/event-contracts';
import { z } from 'zod';

const currency = z.string('must be text').refine(isCurrency, 'must be a currency code of ISO 4217, such as "EUR"');

/**
 * What an owner can set for the tenant. A field that is added later has a default, so that what was stored before it can
 * still be read.
 */
export const settingsSchema = z.strictObject({
  orders: z.strictObject({
    /** In which currencies orders may be placed; an empty list allows all. */
    currencies: z
      .array(currency, 'must be a list of currency codes')
      .max(50, 'must have at most 50 currencies')
      .refine((codes) => new Set(codes).size === codes.length, 'must not name a currency twice'),
    /** How many lines an order may have. */
    max_lines: z
      .int('must be a whole number from 1 to 1000')
      .min(1, 'must be a whole number from 1 to 1000')
      .max(1_000, 'must be a whole number from 1 to 1000'),
  }),
});

export type Settings = z.output<typeof settingsSchema>;

/** What applies to a tenant whose owner has set nothing: whatever the API allows. */
export const defaultSettings: Settings = { orders: { currencies: [], max_lines: 1_000 } };
