import { annotateContext, type Logger, problem } from '@atlas/platform';
import type { Request, RequestHandler } from 'express';
import type { Pool } from 'pg';
import type { KeyHolders } from '../api-keys/key-holders.ts';
import { keyPrefix, readKey } from '../api-keys/key-text.ts';
import type { Scope } from '../api-keys/scopes.domain.ts';
import { type Db, prepareQuery, type Role } from '../database.ts';
import type { ApiKeyId, TenantId, UserId } from '../ids.domain.ts';
import { clientAddress } from './client-address.ts';
import type { KeyRules } from './key-rules.ts';
import type { Sessions } from './session.ts';

/** By what a request shows who sends it. An API key acts for the owner who made it, within its scopes. */
export type Via =
  | { readonly kind: 'session' }
  | { readonly kind: 'api-key'; readonly keyId: ApiKeyId; readonly scopes: readonly Scope[] };

/** Who sends the request, as the database knows them now: a change of role or name counts from the next request on. */
export interface CurrentUser {
  readonly userId: UserId;
  readonly tenantId: TenantId;
  readonly role: Role;
  readonly email: string;
  readonly name: string;
  readonly tenantName: string;
  readonly via: Via;
}

declare module 'express-serve-static-core' {
  interface Request {
    /** Set by `requireUser`; read it through `userOf`. */
    currentUser?: CurrentUser;
    /** What `Identify` has found out. Kept by a WeakMap it would outlive the request until the next full collection. */
    identified?: Promise<CurrentUser | undefined>;
  }
}

/**
 * Who sends the request: by its API key when it has one, else by its session; undefined when by neither. Looked up once
 * per request, however often it is asked. Throws a 401 problem for a key that opens nothing.
 */
export type Identify = (req: Request) => Promise<CurrentUser | undefined>;

interface IdentifyDeps {
  readonly db: Db;
  readonly pool: Pool;
  readonly sessions: Sessions;
  readonly keyHolders: KeyHolders;
  readonly logger: Logger;
}

/** Makes the function that says who sends a request. Behind the session middleware. */
export function createIdentify(deps: IdentifyDeps): Identify {
  const findUser = createFindUser(deps);
  return (req) => {
    req.identified ??= lookUp({ ...deps, findUser }, req);
    return req.identified;
  };
}

/** What `requireUser` goes by. */
export interface Access {
  readonly identify: Identify;
  readonly keyRules: KeyRules;
}

/**
 * Lets a request through when it comes from a user who exists and has one of `roles` (any, when none is named). An API key
 * is let through where `keyRules` name a scope and it has it: a route that says nothing about keys is closed to them. 401
 * when nobody is signed in, 403 otherwise.
 */
export function requireUser(access: Access, ...roles: Role[]): RequestHandler {
  return async (req, _res, next) => {
    const user = await access.identify(req);
    if (!user) throw problem(401, 'NOT_SIGNED_IN', 'Sign in first: POST /session, or send an API key.');
    if (user.via.kind === 'api-key') assertAllowed(user.via.scopes, access.keyRules, req);
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

async function lookUp(deps: IdentifyDeps & { findUser: FindUser }, req: Request): Promise<CurrentUser | undefined> {
  const { findUser, sessions, keyHolders, logger } = deps;
  const key = presentedKey(req);
  if (key !== undefined) {
    const holder = await keyHolders.holderOf(key);
    if (holder) return holder;
    // The id is no secret, and names whose program still uses a key that was revoked.
    logger.warn({ keyId: readKey(key)?.keyId, address: clientAddress(req) }, 'API key refused');
    const detail = 'This API key does not exist, has expired or was revoked.';
    throw problem(401, 'INVALID_API_KEY', detail, {}, { 'www-authenticate': 'Bearer error="invalid_token"' });
  }
  const userId = sessions.userIdOf(req);
  const user = userId && (await findUser(userId));
  return user && { ...user, via: { kind: 'session' } };
}

/** The API key that the request shows. Whatever else stands in Authorization is not ours: a proxy on the way may use it for itself. */
export function presentedKey(req: Request): string | undefined {
  const token = /^Bearer +(\S+) *$/i.exec(req.get('authorization') ?? '')?.[1];
  return token?.startsWith(keyPrefix) ? token : undefined;
}

function assertAllowed(scopes: readonly Scope[], keyRules: KeyRules, req: Request): void {
  const needed = keyRules.scopesFor(req.method, pathOf(req));
  if (!needed) throw problem(403, 'SESSION_REQUIRED', 'An API key cannot do this. Sign in: POST /session.');
  const missing = needed.filter((scope) => !scopes.includes(scope));
  if (missing.length === 0) return;
  const detail = `This needs an API key with the scope ${missing.join(' and ')}.`;
  throw problem(403, 'SCOPE_REQUIRED', detail, { scopes: missing });
}

// Under a mount path Express calls what is left of `/orders` a `/`.
function pathOf({ baseUrl, path }: Request): string {
  return path === '/' ? baseUrl : baseUrl + path;
}

type FindUser = (userId: UserId) => Promise<Omit<CurrentUser, 'via'> | undefined>;

/** Every request with a session asks this. */
function createFindUser({ db, pool }: Pick<IdentifyDeps, 'db' | 'pool'>): FindUser {
  const query = db
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
    .where('users.user_id', '=', '' as UserId);
  const ask = prepareQuery(pool, 'find-user', query);
  return async (userId) => (await ask([userId]))[0];
}
