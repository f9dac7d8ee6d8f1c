import { z } from 'zod';

const shownErrors = 3;

/** Problem details (RFC 9457) as far as a reason is made of them. */
const problemSchema = z.object({
  detail: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
});

/**
 * Why an order was refused, in one line: the first three wrong fields, else what the answer says of itself. Refusals are
 * about the order; a 401 or a 500 is not, and must not come here.
 */
export function refusalReason(status: number, body: unknown): string {
  const { detail, errors } = problemSchema.safeParse(body).data ?? { errors: [] };
  const fields = errors.slice(0, shownErrors).map(({ path, message }) => `${path} ${message}`.trim());
  const more = errors.length > shownErrors ? ` (and ${errors.length - shownErrors} more)` : '';
  if (fields.length > 0) return fields.join('; ') + more;
  return detail ?? `was refused with status ${status}`;
}
