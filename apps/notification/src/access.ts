import { identityOf, problem } from '@atlas/platform';
import type { RequestHandler } from 'express';

/**
 * Lets owners through. Members read endpoints and deliveries; only an owner decides where the tenant's data is sent,
 * and sees secrets.
 */
export function ownersOnly(): RequestHandler {
  return (req, _res, next) => {
    if (!identityOf(req).roles.includes('owner')) {
      throw problem(403, 'OWNER_REQUIRED', 'Only an owner of the workspace may change its webhook endpoints.');
    }
    next();
  };
}
