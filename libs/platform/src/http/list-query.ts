import { z } from 'zod';
import { InvalidCursorError } from '../errors.ts';
import { problem } from './problem.ts';

const mostPerPage = 100;

/**
 * The query of a list: `limit` 1 to 100 (default 20) and the `next_cursor` of the page before. Extend it with filters.
 */
export const listQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= mostPerPage, 'must be a whole number from 1 to 100')
    .default(20),
  cursor: z.string().min(1).max(2048).optional(),
});

/** Awaits a page and turns a cursor that is not ours into a 400. */
export async function pageOr400<T>(page: Promise<T>): Promise<T> {
  try {
    return await page;
  } catch (error) {
    if (error instanceof InvalidCursorError) throw problem(400, error.code, error.message);
    throw error;
  }
}
