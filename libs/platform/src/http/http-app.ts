import express, { type Express, type Router } from 'express';
import helmet from 'helmet';
import { requireIdentity } from '../identity/require-identity.ts';
import type { IdentityVerifier } from '../identity/verifier.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Health } from './health.ts';
import { notFoundHandler, problemHandler } from './problem.ts';
import { requestContext } from './request-context.ts';

/** Far more than any request of these APIs needs. */
const largestBody = '32kb';

/**
 * The Express app of a service behind the gateway: health and metrics are open, `routers` need an identity token of the
 * gateway for this service. Bodies are read after the identity is known, so that a stranger cannot make us parse
 * anything. `openRouters` stand before both: for callers that prove who they are in another way, such as a provider's
 * signed webhook. They read the raw body themselves, and must limit it.
 */
export function createHttpApp(deps: {
  logger: Logger;
  metrics: Metrics;
  health: Health;
  verifyIdentity: IdentityVerifier;
  newId: () => string;
  routers: readonly Router[];
  openRouters?: readonly Router[];
}): Express {
  const { logger, metrics, health, verifyIdentity, newId, routers, openRouters = [] } = deps;
  const app = express();
  app.disable('etag');
  app.use(requestContext({ logger, metrics, newId }));
  app.use(helmet());
  app.use(health.router);
  app.use(metrics.router());
  for (const router of openRouters) app.use(router);
  app.use(requireIdentity(verifyIdentity));
  app.use((_req, res, next) => {
    // Answers hold a tenant's data, some of them a secret.
    res.set('cache-control', 'no-store');
    next();
  });
  app.use(express.json({ limit: largestBody }));
  for (const router of routers) app.use(router);
  app.use(notFoundHandler());
  app.use(problemHandler(logger));
  return app;
}
