import {
  type Health,
  type IdentityVerifier,
  type Logger,
  type Metrics,
  notFoundHandler,
  problemHandler,
  requestContext,
  requireIdentity,
} from '@atlas/platform';
import express, { type Express, type Router } from 'express';
import helmet from 'helmet';

/** Far more than any request of this API needs. */
const largestBody = '32kb';

/**
 * The Express app: health and metrics are open, everything behind them needs an identity token of the gateway for this
 * service. Bodies are read after the identity is known, so that a stranger cannot make us parse anything.
 */
export function createHttpApp(deps: {
  logger: Logger;
  metrics: Metrics;
  health: Health;
  verifyIdentity: IdentityVerifier;
  newId: () => string;
  routers: readonly Router[];
}): Express {
  const { logger, metrics, health, verifyIdentity, newId, routers } = deps;
  const app = express();
  app.disable('etag');
  app.use(requestContext({ logger, metrics, newId }));
  app.use(helmet());
  app.use(health.router);
  app.use(metrics.router());
  app.use(requireIdentity(verifyIdentity));
  app.use((_req, res, next) => {
    // Answers hold a tenant's data, one of them a secret.
    res.set('cache-control', 'no-store');
    next();
  });
  app.use(express.json({ limit: largestBody }));
  for (const router of routers) app.use(router);
  app.use(notFoundHandler());
  app.use(problemHandler(logger));
  return app;
}
