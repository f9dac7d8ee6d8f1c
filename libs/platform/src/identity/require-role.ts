import type { RequestHandler } from 'express';
import { problem } from '../http/problem.ts';
import { identityOf } from './require-identity.ts';

/** Lets those with this role through; for everyone else a 403 with the code `<ROLE>_REQUIRED` and this `detail`. */
export function requireRole(role: 'owner' | 'operator', detail: string): RequestHandler {
  return (req, _res, next) => {
    if (!identityOf(req).roles.includes(role)) throw problem(403, `${role.toUpperCase()}_REQUIRED`, detail);
    next();
  };
}
