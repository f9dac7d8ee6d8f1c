import { problem } from '@atlas/platform';
import type { RequestHandler } from 'express';

/** Refuses, with 415, a body that is not JSON: unread, it would look as if nothing had been sent. */
export function requireJson(): RequestHandler {
  return (req, _res, next) => {
    const hasBody = req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
    if (!hasBody || req.is('application/json')) return next();
    next(problem(415, 'JSON_BODY_REQUIRED', 'Send a JSON body with "content-type: application/json".'));
  };
}
