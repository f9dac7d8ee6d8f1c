import type { Request, RequestHandler, Response } from 'express';
import { runWithContext, type Context } from '../observability/context.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import { childTraceparent } from '../observability/traceparent.ts';

/** Ids from outside end up in logs and events: a bounded, harmless alphabet keeps forged log lines out. */
const OUTSIDE_ID = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/;

/** Paths that machines ask every few seconds; their access log is written at debug level. */
const PROBE_PATH = /^\/(health\/|metrics$|\.well-known\/)/;

/**
 * Gives every request a context: its request id (`x-request-id`, else a new one), correlation id (`x-correlation-id`, else
 * the request id) and a span below its `traceparent`. All three are sent back. Writes one access log line and one
 * `httpSeconds` observation by route pattern when the answer is complete or the client is gone. Must be the first middleware.
 */
export function requestContext(deps: { logger: Logger; metrics: Metrics; newId: () => string }): RequestHandler {
  const { logger, metrics, newId } = deps;
  return (req, res, next) => {
    const startedAt = performance.now();
    const requestId = outsideId(req.get('x-request-id')) ?? newId();
    const context: Context = {
      correlationId: outsideId(req.get('x-correlation-id')) ?? requestId,
      causationId: requestId,
      traceparent: childTraceparent(req.get('traceparent')),
    };
    res.set({
      'x-request-id': requestId,
      'x-correlation-id': context.correlationId,
      traceparent: context.traceparent,
    });
    const path = req.path;
    res.once('close', () => {
      const seconds = (performance.now() - startedAt) / 1000;
      const status = res.writableFinished ? res.statusCode : 499;
      metrics.httpSeconds.observe({ method: req.method, route: routeOf(req, res), status: String(status) }, seconds);
      const entry = { method: req.method, path, status, duration_ms: Math.round(seconds * 1e6) / 1e3 };
      runWithContext(context, () => logger[PROBE_PATH.test(path) ? 'debug' : 'info'](entry, 'request'));
    });
    runWithContext(context, next);
  };
}

function outsideId(value: string | undefined): string | undefined {
  return value !== undefined && OUTSIDE_ID.test(value) ? value : undefined;
}

// The pattern, never the path: ids in a metric label would make a time series per order. A router without route patterns
// (a proxy) may name itself in res.locals.route.
function routeOf(req: Request, res: Response): string {
  const named: unknown = res.locals.route;
  if (typeof named === 'string') return named;
  const pattern: unknown = (req.route as { path?: unknown } | undefined)?.path;
  return pattern === undefined ? 'unmatched' : `${req.baseUrl}${String(pattern)}`;
}
