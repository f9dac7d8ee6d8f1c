import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { csvOf, type CsvRow } from './csv.domain.ts';

/** One answer to a client, before it is written as JSON or CSV. */
export interface Reply {
  /** Names the file of a CSV: `revenue-2026-10-24-2026-11-22`. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly items: readonly CsvRow[];
  readonly totals: readonly unknown[];
  readonly next_cursor: string | null;
  readonly as_of: string | null;
  readonly lag_seconds: number | null;
}

/** What the client wants: `format` of the query, else what its Accept header prefers, else JSON. */
export function formatOf(req: Request, format: 'json' | 'csv' | undefined): 'json' | 'csv' {
  if (format !== undefined) return format;
  return req.accepts(['json', 'text/csv']) === 'text/csv' ? 'csv' : 'json';
}

/**
 * Sends a report. Its ETag is weak: it is of the figures, and leaves out how far they are, which changes with every event of
 * anybody; that is in `Atlas-As-Of` and `Atlas-Lag-Seconds` of every answer, of a 304 too.
 */
export function sendReport(req: Request, res: Response, reply: Reply, format: 'json' | 'csv'): void {
  const { name, columns, items, totals, next_cursor, as_of, lag_seconds } = reply;
  res.vary('Accept');
  res.set('cache-control', 'private, no-cache');
  if (as_of !== null) res.set('atlas-as-of', as_of);
  if (lag_seconds !== null) res.set('atlas-lag-seconds', String(lag_seconds));
  if (next_cursor !== null) res.set('link', `<${nextUrl(req, next_cursor)}>; rel="next"`);
  res.set('etag', etagOf([format, items, totals, next_cursor]));
  // Express answers 304 by itself when the client has this ETag.
  if (format === 'json') return void res.json({ items, totals, next_cursor, as_of, lag_seconds });
  res.attachment(`${name}.csv`);
  res.type('text/csv; charset=utf-8; header=present').send(csvOf(columns, items));
}

function etagOf(content: unknown): string {
  return `W/"${createHash('sha256').update(JSON.stringify(content)).digest('base64url').slice(0, 27)}"`;
}

/** The same question from the next page on, as RFC 8288 has it: for CSV, which has no room for a cursor. */
function nextUrl(req: Request, cursor: string): string {
  const [path, query] = req.originalUrl.split('?', 2) as [string, string?];
  const asked = new URLSearchParams(query);
  asked.set('cursor', cursor);
  return `${path}?${asked.toString()}`;
}
