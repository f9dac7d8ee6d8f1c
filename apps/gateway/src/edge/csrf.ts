import { problem } from '@atlas/platform';
import type { Request, RequestHandler } from 'express';

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses, with 403, a request that changes something and that a browser sent on behalf of another site. Browsers say
 * so themselves in `Sec-Fetch-Site` (all since 2023); older ones send `Origin`, which must then be this host. A request with
 * neither header does not come from a page of another site: it is a program, or a browser so old that SameSite=Lax,
 * which keeps the cookie off foreign POSTs, is what protects it.
 */
export function refuseCrossSite(): RequestHandler {
  return (req, _res, next) => {
    if (safeMethods.has(req.method) || isOurs(req)) return next();
    next(problem(403, 'CROSS_SITE_REQUEST', 'This request was sent by a page of another site.'));
  };
}

function isOurs(req: Request): boolean {
  const site = req.get('sec-fetch-site');
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const origin = req.get('origin');
  // An opaque origin is sent as "null", which is no URL and nobody's host.
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === req.host);
}
