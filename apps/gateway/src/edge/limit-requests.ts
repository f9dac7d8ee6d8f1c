import { type RateLimit, rateLimitFields } from '@atlas/shared-state';
import type { Request, RequestHandler } from 'express';
import { clientAddress } from './client-address.ts';
import type { CurrentUser, Identify } from './identity.ts';
import type { Limits } from './limits.ts';
import type { Sessions } from './session.ts';

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

type GeneralLimits = Pick<Limits, 'apiKeyReads' | 'apiKeyWrites' | 'users' | 'operators' | 'addresses'>;

/**
 * Counts every request against whoever sends it: the API key, the user of the session, else the address; and says in the
 * RateLimit fields of the answer what is left. A 429 when it is too much. A key that opens nothing counts against the
 * address, so that guessing keys has a limit and nobody can use up the limit of a key that is not theirs.
 */
export function limitRequests(deps: {
  identify: Identify;
  sessions: Pick<Sessions, 'userIdOf'>;
  limits: GeneralLimits;
}): RequestHandler {
  const { identify, sessions, limits } = deps;
  return async (req, res, next) => {
    // Why nobody could be told is said to those who have to be somebody: `requireUser` gets the same error.
    const user = await identify(req).catch(() => undefined);
    const [limit, key] = user ? limitOf(limits, req, user) : limitOfUnknown(limits, req, sessions.userIdOf(req));
    const spent = await limit.spend(key);
    if (spent) res.set(rateLimitFields(limit, spent));
    next();
  };
}

function limitOf(limits: GeneralLimits, req: Request, user: CurrentUser): [RateLimit, string] {
  if (user.via.kind === 'api-key') {
    return [reads.has(req.method) ? limits.apiKeyReads : limits.apiKeyWrites, user.via.keyId];
  }
  return [user.role === 'operator' ? limits.operators : limits.users, user.userId];
}

// With PostgreSQL away nobody can be looked up; the colleagues of an office must not use up one limit together then.
function limitOfUnknown(limits: GeneralLimits, req: Request, userId: string | undefined): [RateLimit, string] {
  return userId === undefined ? [limits.addresses, clientAddress(req)] : [limits.users, userId];
}
