import { requireRole } from '@atlas/platform';
import type { RequestHandler } from 'express';

/**
 * Lets owners through. Members read endpoints and deliveries; only an owner decides where the tenant's data is sent,
 * and sees secrets.
 */
export const ownersOnly = (): RequestHandler =>
  requireRole('owner', 'Only an owner of the workspace may change its webhook endpoints.');
