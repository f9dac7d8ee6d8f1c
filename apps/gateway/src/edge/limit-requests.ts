import { type RateLimit, rateLimitFields, type RateLimitPolicy, type Spent } from '@atlas/shared-state';
import type { Request, RequestHandler, Response } from 'express';
import { clientAddress } from './client-address.ts';
import { type CurrentUser, type Identify, presentedKey } from './identity.ts';
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
    const asking = identify(req).catch(() => undefined);
    const userId = presentedKey(req) === undefined ? sessions.userIdOf(req) : undefined;
    if (userId !== undefined) {
      // One counter whatever the user's role, so that Redis counts while PostgreSQL is asked for it.
      const policy = asking.then((user) => (user?.role === 'operator' ? limits.operators : limits.users));
      tell(res, ...(await Promise.all([policy, limits.users.spend(userId, policy)])));
    } else {
      const [limit, key] = limitOf(limits, req, await asking);
      tell(res, limit, await limit.spend(key));
    }
    next();
  };
}

function limitOf(limits: GeneralLimits, req: Request, user: CurrentUser | undefined): [RateLimit, string] {
  if (user?.via.kind !== 'api-key') return [limits.addresses, clientAddress(req)];
  return [reads.has(req.method) ? limits.apiKeyReads : limits.apiKeyWrites, user.via.keyId];
}

function tell(res: Response, policy: RateLimitPolicy, spent: Spent | undefined): void {
  if (spent) res.set(rateLimitFields(policy, spent));
}
