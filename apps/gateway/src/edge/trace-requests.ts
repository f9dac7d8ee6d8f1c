import { currentContext, type Telemetry } from '@atlas/platform';
import type { RequestHandler } from 'express';

/**
 * Makes each request a span, from its arrival to the end of its answer; what it causes becomes children of that span. While
 * nothing is recorded, the span that the request's context names already does for that.
 */
export function traceRequests(telemetry: Telemetry): RequestHandler {
  return (req, res, next) => {
    if (!telemetry.recording) return next();
    const attributes = { 'http.request.method': req.method, 'url.path': req.path };
    void telemetry.withSpan(`HTTP ${req.method}`, attributes, currentContext()?.traceparent, () => {
      const answered = new Promise<void>((resolve) => res.once('close', resolve));
      next();
      return answered;
    });
  };
}
