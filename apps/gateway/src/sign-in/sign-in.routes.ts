import { HttpProblem, sendPage } from '@atlas/platform';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Role } from '../database.ts';
import type { Identify } from '../edge/identity.ts';
import { routerFor } from '../edge/router-for.ts';
import type { Sessions } from '../edge/session.ts';
import { credentialsBody } from '../tenants/session.routes.ts';
import type { SignIn } from '../tenants/sign-in.ts';
import { returnPath } from './return-path.ts';
import { signInPage } from './sign-in.page.ts';

/** For people, not for clients of the API: the description leaves them out. */
export const signInPaths: readonly string[] = ['/sign-in', '/sign-out'];

/** Two fields and a path. */
const largestForm = '8kb';

/**
 * Signing in and out with a browser and no script: pages, for which `POST /session` and `DELETE /session` are what programs
 * use. Behind the check for other sites, like every change.
 */
export function signInRoutes(deps: { identify: Identify; sessions: Sessions; signIn: SignIn }): Router {
  const { identify, sessions, signIn } = deps;
  const router = routerFor(signInPaths);

  router.get('/sign-in', async (req, res) => {
    const returnTo = returnPath(req.query['return_to']);
    const user = await identify(req);
    if (user) return res.redirect(303, returnTo ?? homeOf(user.role));
    sendPage(res, signInPage({ returnTo }));
  });

  router.post('/sign-in', express.urlencoded({ extended: false, limit: largestForm }), async (req, res) => {
    const form = (req.body ?? {}) as Record<string, unknown>;
    const returnTo = returnPath(form['return_to']);
    const read = credentialsBody.safeParse({ email: form['email'], password: form['password'] });
    const email = typeof form['email'] === 'string' ? form['email'] : '';
    const again = (wrong: string) => sendPage(res, signInPage({ returnTo, email, wrong }));
    if (!read.success) {
      res.status(400);
      return again('Fill in both fields, with one line each.');
    }
    try {
      const { role } = await signIn(req, read.data);
      // 303, so that a browser that goes back or reloads does not send the password once more.
      res.redirect(303, returnTo ?? homeOf(role));
    } catch (error) {
      if (!(error instanceof HttpProblem)) throw error;
      // A person reads it here: too many guesses, or no such account.
      res.status(error.status).set(error.headers);
      again(error.detail);
    }
  });

  router.post('/sign-out', async (req, res) => {
    await sessions.end(req);
    res.redirect(303, '/sign-in');
  });

  return router;
}

/**
 * In front of pages: sends who opens one without being signed in to the form, and from there back. Only where a person
 * looks at the answer; a program gets its 401.
 */
export function askToSignIn(identify: Identify): RequestHandler {
  return async (req, res, next) => {
    if (!isPageView(req) || (await identify(req))) return next();
    toSignIn(req, res);
  };
}

function toSignIn(req: Request, res: Response): void {
  const returnTo = returnPath(req.originalUrl);
  res.redirect(303, returnTo === undefined ? '/sign-in' : `/sign-in?return_to=${encodeURIComponent(returnTo)}`);
}

/** A browser that opens a page asks for HTML first; what it loads for a page, and programs, do not. */
function isPageView(req: Request): boolean {
  return req.method === 'GET' && req.accepts(['json', 'html']) === 'html';
}

function homeOf(role: Role): string {
  return role === 'operator' ? '/operator/reports' : '/reports';
}
