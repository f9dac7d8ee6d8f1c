import type { Request, RequestHandler, Response } from 'express';
import { HttpProblem, InvalidTokenError } from '../errors.ts';
import { annotateContext } from '../observability/context.ts';
import type { Identity } from './identity.ts';
import type { IdentityVerifier } from './verifier.ts';

/** Under a symbol, so that no other middleware can set or read it by accident. */
const IDENTITY = Symbol('identity');

const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;

/**
 * Lets a request through only with `authorization: Bearer <identity token>`; no other header says who is asking. Answers
 * 401 without a token or with one that must not be trusted; 503 when the keys to check it cannot be fetched. Behind
 * it `identityOf(req)` answers.
 */
export function requireIdentity(verify: IdentityVerifier): RequestHandler {
  return async (req, res, next) => {
    const token = BEARER.exec(req.get('authorization') ?? '')?.[1];
    if (!token) throw unauthorized('IDENTITY_REQUIRED', 'This endpoint needs an identity token.');
    const identity = await verify(token).catch((error: unknown) => {
      if (!(error instanceof InvalidTokenError)) throw error;
      throw unauthorized('IDENTITY_INVALID', 'The identity token is not valid.', error);
    });
    localsOf(res)[IDENTITY] = identity;
    annotateContext({ tenantId: identity.tenantId, userId: identity.userId });
    next();
  };
}

/** Who the request is made for. Throws when `requireIdentity` is not in front of the route: a mistake of the wiring. */
export function identityOf(req: Request): Identity {
  const identity = req.res ? localsOf(req.res)[IDENTITY] : undefined;
  if (!identity) throw new Error(`identityOf: ${req.method} ${req.path} is not behind requireIdentity.`);
  return identity;
}

function localsOf(res: Response): { [IDENTITY]?: Identity } {
  return res.locals;
}

function unauthorized(code: string, detail: string, cause?: unknown): HttpProblem {
  return new HttpProblem(401, code, detail, {}, { 'www-authenticate': 'Bearer' }, { cause });
}
