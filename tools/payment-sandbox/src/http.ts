import { createHealth, type Logger, notFoundHandler, problemHandler } from '@atlas/platform';
import express, { type Express } from 'express';
import type { Behaviour } from './behaviour.ts';
import { createCounter } from './counter.ts';
import { ledgerPage } from './ledger-page.ts';
import { ledgerRoutes } from './ledger.routes.ts';
import type { Ledger } from './ledger.ts';
import { paymentRoutes } from './payments.routes.ts';
import { stripeRoutes } from './stripe.routes.ts';

/** Both wires, the books and the page as one Express app. */
export function createSandboxApp(deps: {
  ledger: Ledger;
  behaviour: Behaviour;
  /** Fires `change` when an entry is new or has changed. */
  changes: EventTarget;
  logger: Logger;
  /** Aborts when the sandbox stops. */
  stopping: AbortSignal;
}): Express {
  const { ledger, behaviour, changes, logger, stopping } = deps;
  const counter = createCounter({ ledger, behaviour, stopping });
  const app = express().disable('x-powered-by').disable('etag');
  app.use((_req, res, next) => {
    res.set({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' });
    next();
  });
  app.use(createHealth({ checks: {} }).router);
  app.use('/v1', stripeRoutes({ ledger, counter }));
  app.use(ledgerPage({ ledger, behaviour, changes, stopping }));
  app.use(express.json({ limit: '100kb' }));
  app.use(paymentRoutes({ ledger, counter }));
  app.use(ledgerRoutes({ ledger, behaviour }));
  app.use(notFoundHandler());
  app.use(problemHandler(logger));
  return app;
}
