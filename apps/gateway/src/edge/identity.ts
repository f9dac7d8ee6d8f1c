import { annotateContext, problem } from '@atlas/platform';
import type { Request, RequestHandler } from 'express';
import type { Db, Role } from '../database.ts';
import type { TenantId, UserId } from '../ids.domain.ts';
import type { Sessions } from './session.ts';

/** Who sends the request, as the database knows them now: a change of role or name counts from the next request on. */
export interface CurrentUser {
  readonly userId: UserId;
  readonly tenantId: TenantId;
  readonly role: Role;
  readonly email: string;
  readonly name: string;
  readonly tenantName: string;
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by `requireUser`; read it through `userOf`. */
    currentUser?: CurrentUser;
  }
}

/**
 * Lets a request through when its session belongs to a user that exists and has one of `roles` (any, when none is
 * named). 401 without a session, 403 for another role.
 */
export function requireUser(deps: { db: Db; sessions: Sessions }, ...roles: Role[]): RequestHandler {
  return async (req, _res, next) => {
    const userId = deps.sessions.userIdOf(req);
    const user = userId && (await findCurrentUser(deps.db, userId));
    if (!user) throw problem(401, 'NOT_SIGNED_IN', 'Sign in first: POST /session.');
    if (roles.length > 0 && !roles.includes(user.role)) {
      throw problem(
        403,
        'ROLE_REQUIRED',
        `This needs the role ${roles.join(' or ')}; you are signed in as ${user.role}.`,
      );
    }
    req.currentUser = user;
    annotateContext({ tenantId: user.tenantId, userId: user.userId });
    next();
  };
}

/** The user of a request behind `requireUser`; anywhere else it is a defect of ours and throws. */
export function userOf(req: Request): CurrentUser {
  if (!req.currentUser) throw new TypeError(`${req.method} ${req.path} is not behind requireUser`);
  return req.currentUser;
}

async function findCurrentUser(db: Db, userId: UserId): Promise<CurrentUser | undefined> {
  return db
    .selectFrom('users')
    .innerJoin('tenants', 'tenants.tenant_id', 'users.tenant_id')
    .select([
      'users.user_id as userId',
      'users.tenant_id as tenantId',
      'users.role',
      'users.email',
      'users.name',
      'tenants.name as tenantName',
    ])
    .where('users.user_id', '=', userId)
    .executeTakeFirst();
}
