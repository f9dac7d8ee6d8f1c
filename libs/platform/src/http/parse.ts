import type { z } from 'zod';
import { type ZodType } from 'zod';
import { HttpProblem } from '../errors.ts';

const CODES = { body: 'INVALID_BODY', query: 'INVALID_QUERY', params: 'INVALID_PATH' } as const;
const NOUNS = { body: 'The body', query: 'The query', params: 'The path' } as const;
/** Enough to correct a request by; a body of garbage must not become a larger answer. */
const MOST_ERRORS = 50;

/**
 * `value` as `schema` reads it. Throws a 400 problem with `errors: [{ path, message }]` (50 at most) otherwise. Make schemas strict, so that
 * a misspelt field is an error and not ignored.
 */
export function parse<S extends ZodType>(schema: S, value: unknown, where: 'body' | 'query' | 'params'): z.output<S> {
  if (where === 'body' && value === undefined) {
    throw new HttpProblem(415, 'JSON_BODY_REQUIRED', 'Send a JSON body with "content-type: application/json".');
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues
    .slice(0, MOST_ERRORS)
    .map(({ path, message }) => ({ path: dotted(path), message }));
  throw new HttpProblem(400, CODES[where], `${NOUNS[where]} is not what this endpoint expects.`, { errors });
}

function dotted(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index ? '.' : ''}${String(part)}`))
    .join('');
}
