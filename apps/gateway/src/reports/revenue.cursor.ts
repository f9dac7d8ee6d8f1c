import { decodeCursor, encodeCursor, InvalidCursorError } from '@atlas/platform';
import { z } from 'zod';
import type { Interval, Period } from './period.domain.ts';
import { dayProblem, periodProblem } from './period.domain.ts';

/** What a cursor of the revenue is good for. */
export interface AskedRevenue {
  readonly tenantId: string;
  /** As the query has them, not as they were resolved. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly currency: string | undefined;
  readonly interval: Interval;
}

/** Where a page of the revenue begins, and the period of the first page. */
export interface RevenuePosition extends Period {
  /** `<date> <currency>` of the last row so far. */
  readonly after: string;
}

const day = z.iso.date().refine((date) => dayProblem(date) === undefined);
const content = z.tuple([z.string().max(100), day, day, z.string().max(256)]);

/**
 * The cursor of the revenue, in the form of the reporting service: while the slice moves, a page that one of the two has
 * begun is continued by the other. The first member is the service's build of the projection, which the monolith has not.
 */
export function revenueCursor(asked: AskedRevenue, { from, to, after }: RevenuePosition): string {
  return encodeCursor(scopeOf(asked), JSON.stringify(['', from, to, after]));
}

/** The position in a cursor of this report. Rejects with InvalidCursorError for anything else. */
export async function readRevenueCursor(asked: AskedRevenue, cursor: string): Promise<RevenuePosition> {
  const read = content.safeParse(jsonOf(decodeCursor(scopeOf(asked), cursor)));
  if (!read.success) throw new InvalidCursorError();
  const [, from, to, after] = read.data;
  if (periodProblem({ from, to }) !== undefined) throw new InvalidCursorError();
  return { from, to, after };
}

function scopeOf({ tenantId, from, to, currency, interval }: AskedRevenue): string {
  return JSON.stringify(['revenue', tenantId, from ?? null, to ?? null, { currency, interval }]);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
