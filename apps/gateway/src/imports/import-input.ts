import { createHash } from 'node:crypto';
import { z } from 'zod';
import { currencySchema, linesSchema, toContent } from '../orders/order-input.ts';
import type { OrderContent } from '../orders/order.domain.ts';
import { emailAddress, lineOfText, requiredOr } from '../text.ts';

/** Clocks differ; what is further ahead than this is a wrong date. */
const clockSkewMs = 5 * 60 * 1000;

const instant = requiredOr('must be a date and time with a zone, such as "2010-12-01T08:26:00Z"');

/** Files have prices as text or as numbers. A number is taken by its shortest decimal form, which is what the file said. */
const price = z
  .union([z.string(), z.number()], requiredOr('must be a decimal amount, such as "12.50"'))
  .transform(String);

/** One order of a file, as it was read: its content, its buyer, and what it was called elsewhere. */
export interface ImportedOrder {
  readonly externalReference: string | null;
  readonly buyerReference: string;
  readonly buyerEmail: string;
  readonly completedAt: Date | undefined;
  readonly content: OrderContent;
}

/** The body of an import. A completion date in the past is accepted, here only; one in the future is not. */
export function importBody(clock: () => Date) {
  return z
    .strictObject({
      order_id: lineOfText(128).optional(),
      customer: lineOfText(128),
      email: emailAddress(),
      currency: currencySchema,
      completed_at: z.iso
        .datetime({ offset: true, ...instant })
        .transform((text) => new Date(text))
        .refine((date) => date.getTime() >= 0, 'must not be before 1970')
        .refine((date) => date.getTime() <= clock().getTime() + clockSkewMs, 'must not be in the future')
        .optional(),
      lines: linesSchema(price),
    })
    .transform((raw, context): ImportedOrder => ({
      externalReference: raw.order_id ?? null,
      buyerReference: raw.customer,
      buyerEmail: raw.email,
      completedAt: raw.completed_at,
      content: toContent(raw, context),
    }));
}

/** SHA-256 of what an import says, whichever way it was written, to notice another content under the same reference. */
export function contentDigestOf({ buyerReference, buyerEmail, completedAt, content }: ImportedOrder): string {
  const lines = content.lines.map(({ sku, qty, unitPriceCents }) => [sku, qty, unitPriceCents]);
  const said = [buyerReference, buyerEmail.toLowerCase(), content.currency, completedAt?.toISOString() ?? null, lines];
  return createHash('sha256').update(JSON.stringify(said)).digest('hex');
}
