import { type RateLimit, rateLimitFields } from '@atlas/shared-state';
import type { Request, RequestHandler } from 'express';
import { clientAddress } from './client-address.ts';
import type { CurrentUser, Identify } from './identity.ts';
import type { Limits } from './limits.ts';

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

type GeneralLimits = Pick<Limits, 'apiKeyReads' | 'apiKeyWrites' | 'users' | 'operators' | 'addresses'>;

/**
 * Counts every request against whoever sends it: the API key, the user of the session, else the address; and says in the
 * RateLimit fields of the answer what is left. A 429 when it is too much. A key that opens nothing counts against the
 * address, so that guessing keys has a limit and nobody can use up the limit of a key that is not theirs.
 */
export function limitRequests({ identify, limits }: { identify: Identify; limits: GeneralLimits }): RequestHandler {
  return async (req, res, next) => {
    // Why nobody could be told is said to those who have to be somebody: `requireUser` gets the same error.
    const user = await identify(req).catch(() => undefined);
    const [limit, key] = limitOf(limits, req, user);
    const spent = await limit.spend(key);
    if (spent) res.set(rateLimitFields(limit, spent));
    next();
  };
}

function limitOf(limits: GeneralLimits, req: Request, user: CurrentUser | undefined): [RateLimit, string] {
  if (!user) return [limits.addresses, clientAddress(req)];
  if (user.via.kind === 'api-key') {
    return [reads.has(req.method) ? limits.apiKeyReads : limits.apiKeyWrites, user.via.keyId];
  }
  return [user.role === 'operator' ? limits.operators : limits.users, user.userId];
}
