import { parse, problem } from '@atlas/platform';
import type { Request } from 'express';
import { z } from 'zod';
import type { TenantId } from '../ids.domain.ts';
import { wholeNumber } from './openapi/whole-number.ts';

const pageSize = 'must be a whole number from 1 to 100';

/** The query of every list: `limit` (1 to 100, 20 unless given) and `cursor`, the `next_cursor` of the page before. */
export const listQuery = z.strictObject({
  limit: z
    .string('must be given once')
    .regex(/^\d{1,3}$/, pageSize)
    .transform(Number)
    .pipe(z.int().min(1, pageSize).max(100, pageSize))
    .default(20)
    .meta({ description: '20 unless given.', ...wholeNumber(1, 100) }),
  cursor: z.string('must be given once').max(200, 'is too long').optional(),
});

/** Which rows a query reads for one page: at most `limit`, from after the row with the id `after` on. */
export interface Page<Id> {
  /** One more than was asked for: that row, when there is one, tells that there is a next page. */
  readonly limit: number;
  readonly after: Id | undefined;
}

type IdSchema = z.ZodType<string, unknown>;

/** The page that a request asks for. Throws a 400 problem for a bad limit, and for a cursor of another list or tenant. */
export function askedPage<S extends IdSchema>(req: Request, tenantId: TenantId, id: S): Page<z.output<S>> {
  const { limit, cursor } = parse(listQuery, req.query, 'query');
  return { limit: limit + 1, after: cursor === undefined ? undefined : readCursor(tenantId, id, cursor) };
}

/** The answer for one page, out of the rows that were read for it. */
export function pageAnswer<Row, View>(
  tenantId: TenantId,
  { limit }: Page<string>,
  rows: readonly Row[],
  { idOf, view }: { idOf: (row: Row) => string; view: (row: Row) => View },
): { items: View[]; next_cursor: string | null } {
  const items = rows.slice(0, limit - 1);
  const last = rows.length >= limit ? items.at(-1) : undefined;
  return { items: items.map(view), next_cursor: last === undefined ? null : cursorOf(tenantId, idOf(last)) };
}

/**
 * Where a page of a tenant's list ended, as text that a client only hands back. It is not signed: whoever makes one up
 * moves about in a list that is theirs anyway, because the tenant of the query never comes from here.
 */
function cursorOf(tenantId: TenantId, last: string): string {
  return Buffer.from(`${tenantId}/${last}`).toString('base64url');
}

function readCursor<S extends IdSchema>(tenantId: TenantId, id: S, cursor: string): z.output<S> {
  const [, last] = Buffer.from(cursor, 'base64url').toString().split('/');
  const parsed = id.safeParse(last);
  // Written again for this tenant it must be the same text, which no other tenant's cursor and no garbage is.
  if (parsed.success && cursorOf(tenantId, parsed.data) === cursor) return parsed.data;
  throw problem(400, 'INVALID_CURSOR', 'The cursor is not one that this list has handed out.');
}
