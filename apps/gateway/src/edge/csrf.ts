import { problem } from '@atlas/platform';
import type { Request, RequestHandler } from 'express';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses, with 403, a request that changes something and may have been sent by a page of another site. Browsers say
 * where a request comes from in `Sec-Fetch-Site` (all since 2023); older ones send `Origin`, which must then be this host.
 *
 * - With the session cookie, which a browser adds by itself, one of the two has to vouch for the request; a program that
 *   keeps cookies sends `sec-fetch-site: same-origin`.
 * - Without the cookie a page cannot act for anybody, so nothing has to vouch. But it may try to sign its visitor in as
 *   somebody else: what a browser itself calls foreign is refused, unless it brings a credential of its own.
 */
export function refuseCrossSite({ cookieName }: { cookieName: string }): RequestHandler {
  return (req, _res, next) => {
    const origin = originOf(req);
    const hasCookie = sendsCookie(req, cookieName);
    const isFine = hasCookie ? origin === 'ours' : origin !== 'foreign' || req.headers.authorization !== undefined;
    if (safeMethods.has(req.method) || isFine) return next();
    next(problem(403, 'CROSS_SITE_REQUEST', origin === 'foreign' ? foreign : unknown));
  };
}

const foreign = 'This request was sent by a page of another site.';
const unknown =
  'This request has a session cookie and does not say where it comes from. Browsers do; a program sends ' +
  '"sec-fetch-site: same-origin".';

function originOf(req: Request): 'ours' | 'foreign' | 'unknown' {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? 'ours' : 'foreign';
  const origin = req.get('origin');
  if (origin === undefined) return 'unknown';
  // An opaque origin is sent as "null", which is no URL and nobody's host.
  return URL.canParse(origin) && new URL(origin).host === req.host ? 'ours' : 'foreign';
}

// Whether it is a good one does not matter, and is not known yet.
function sendsCookie(req: Request, name: string): boolean {
  return (req.headers.cookie ?? '').split(';').some((pair) => pair.split('=', 1)[0]?.trim() === name);
}
