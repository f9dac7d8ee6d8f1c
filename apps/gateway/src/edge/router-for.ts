import { type RequestHandler, Router } from 'express';

/**
 * A router for what is below `paths`: `/docs` is for all that begins with that segment. A request for anything else passes it with one
 * look at its path, where Express would try every route; so where a router stands costs the requests behind it nothing.
 */
export function routerFor(paths: readonly string[]): Router {
  const segments = new Set(paths.map(firstSegment));
  const router = Router() as Router & { handle: RequestHandler };
  const tryRoutes = router.handle.bind(router);
  router.handle = (req, res, next) => {
    if (segments.has(firstSegment(req.path))) tryRoutes(req, res, next);
    else next();
  };
  return router;
}

// In lower case, because Express does not tell `/Docs` from `/docs`.
function firstSegment(path: string): string {
  const end = path.indexOf('/', 1);
  return path.slice(1, end < 0 ? undefined : end).toLowerCase();
}
