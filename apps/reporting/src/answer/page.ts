import { decodeCursor, encodeCursor, InvalidCursorError } from '@atlas/platform';
import { type Build, parseBuild } from '@atlas/projections';
import { z } from 'zod';
import { dayProblem, type Period, periodProblem } from '../period/period.domain.ts';

/** Where a page begins. The period is that of the first page, also when midnight has passed since. */
export interface Position extends Period {
  /** What the first page was made of; undefined when the monolith began, which has no builds. */
  readonly build: Build | undefined;
  /** The place of the last item so far, in the order of the items. */
  readonly after: string;
}

/** The most that an answer has at once; enough for five years of days in two currencies. */
export const mostItems = 5_000;

const wholeNumber = `must be a whole number from 1 to ${mostItems}`;

/** What every report takes beside its own fields. CSV has every line unless a limit is given. */
export const pageFields = {
  limit: z
    .string()
    .regex(/^\d{1,4}$/, wholeNumber)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= mostItems, wholeNumber)
    .optional(),
  cursor: z.string().min(1).max(2048).optional(),
  format: z.enum(['json', 'csv'], 'must be json or csv').optional(),
};

export interface PageFields {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly format?: 'json' | 'csv' | undefined;
}

const day = z.iso.date().refine((date) => dayProblem(date) === undefined);
const content = z.tuple([z.string().max(100), day, day, z.string().max(256)]);

/**
 * Everything that says which report it is, as text: its name, whose it is, and what the query asks for. The gateway's monolith
 * writes and reads the same cursors for the revenue.
 */
export function scopeOf(
  name: string,
  who: string | undefined,
  { from, to }: { from?: string | undefined; to?: string | undefined },
  shape: object,
): string {
  return JSON.stringify([name, who ?? null, from ?? null, to ?? null, shape]);
}

/** A cursor of the report `scope`. */
export function cursorOf(scope: string, { build, from, to, after }: Position): string {
  return encodeCursor(scope, JSON.stringify([build ?? '', from, to, after]));
}

/** The position in a cursor of this report. Rejects with InvalidCursorError for anything that was not made for it. */
export async function positionOf(scope: string, cursor: string, mostDays: number): Promise<Position> {
  const read = content.safeParse(jsonOf(decodeCursor(scope, cursor)));
  if (!read.success) throw new InvalidCursorError();
  const [name, from, to, after] = read.data;
  const build = name === '' ? undefined : (name as Build);
  if (build !== undefined && !parseBuild(build)) throw new InvalidCursorError();
  if (periodProblem({ from, to }, mostDays) !== undefined) throw new InvalidCursorError();
  return { build, from, to, after };
}

/** A page of items that are in the ascending order of `placeOf`, and the place of its last one when there is more. */
export function pageOf<T>(
  items: readonly T[],
  placeOf: (item: T) => string,
  { after, limit }: { after: string | undefined; limit: number },
): { page: readonly T[]; lastPlace: string | undefined } {
  const begin = after === undefined ? 0 : items.findIndex((item) => placeOf(item) > after);
  const page = begin < 0 ? [] : items.slice(begin, begin + limit);
  const isLast = begin < 0 || begin + limit >= items.length;
  return { page, lastPlace: isLast || page.length === 0 ? undefined : placeOf(page.at(-1)!) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
