import type { Response } from 'express';
import { z } from 'zod';

/** How many ids one lookup may name. */
export const maxLookupIds = 10_000;

/** Query fields of every list: newest first, `offset` of the newest are skipped. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  offset: z.coerce.number().int().min(0).default(0),
};

/** Query field of every wait: it ends with 204 when nothing came within `timeout_ms`. */
export const waitQuery = { timeout_ms: z.coerce.number().int().min(1).max(60_000).default(30_000) };

/** A receiver's name: it is part of URLs and of index keys. */
export const hookParams = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'letters, digits and . _ -'),
});

/** A signal that aborts when the client has gone away. */
export function whileOpen(res: Response): AbortSignal {
  const gone = new AbortController();
  res.once('close', () => gone.abort());
  return gone.signal;
}
