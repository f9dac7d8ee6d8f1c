import { type Currency, isCurrency, parseAmount, sumOf } from '@atlas/event-contracts';
import { z } from 'zod';
import { lineOfText, requiredOr } from '../text.ts';
import type { OrderContent, OrderLine } from './order.domain.ts';

const maxLines = 1_000;

/** Of one line: with it, what an order says of one SKU, and what thousands of orders do, stays an exact integer. */
const maxQuantity = 1_000_000_000;

const positiveWholeNumber = requiredOr('must be a positive whole number');

/** The lines of an order as they are sent; `price` says in which forms a price may come. */
export function linesSchema<P extends z.ZodType<string, unknown>>(price: P) {
  const line = z.strictObject({
    sku: lineOfText(64),
    qty: z
      .int(positiveWholeNumber)
      .min(1, 'must be a positive whole number')
      .max(maxQuantity, `must be at most ${maxQuantity.toLocaleString('en')}`),
    unit_price: price,
  });
  return z
    .array(line, requiredOr('must be a list of lines'))
    .min(1, 'must have at least one line')
    .max(maxLines, `must have at most ${maxLines} lines`);
}

export const currencySchema = z
  .string(requiredOr('must be a currency code of ISO 4217, such as "EUR"'))
  .refine(isCurrency, 'must be a currency code of ISO 4217, such as "EUR"');

/** A price that a program sends: text, because a JSON number is a fraction in binary before anyone has looked at it. */
export const priceText = z.string(requiredOr('must be a decimal amount as text, such as "12.50"'));

interface RawContent {
  readonly currency: string;
  readonly lines: readonly { sku: string; qty: number; unit_price: string }[];
}

/**
 * Turns currency and lines that have the right shape into the content of an order. Reports each bad price under its line,
 * and a total that a JSON number could not hold. A price of zero is a price: samples and gifts are on real orders.
 */
export function toContent(raw: RawContent, context: z.RefinementCtx): OrderContent {
  const currency = raw.currency as Currency;
  const lines = raw.lines.map((line, index): OrderLine => {
    const amount = parseAmount(line.unit_price, currency);
    if ('cents' in amount) return { sku: line.sku, qty: line.qty, unitPriceCents: amount.cents };
    context.addIssue({ code: 'custom', path: ['lines', index, 'unit_price'], message: amount.reason });
    return { sku: line.sku, qty: line.qty, unitPriceCents: 0 };
  });
  const totalCents = sumOf(lines);
  if (totalCents === undefined) {
    context.addIssue({ code: 'custom', path: ['lines'], message: 'the total is too large' });
  }
  return { currency, lines, totalCents: totalCents ?? 0 };
}

/** The body of `POST /orders`. */
export const placeOrderBody = z
  .strictObject({ currency: currencySchema, lines: linesSchema(priceText) })
  .transform(toContent);
