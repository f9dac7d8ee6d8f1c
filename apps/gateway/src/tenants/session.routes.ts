import { type Logger, parse, problem } from '@atlas/platform';
import type { RequestHandler, Router } from 'express';
import { z } from 'zod';
import { userOf } from '../edge/identity.ts';
import { routerFor } from '../edge/router-for.ts';
import type { Sessions } from '../edge/session.ts';
import { lineOfText } from '../text.ts';
import { accountView } from './account.view.ts';
import { oldPassword } from './old-password.ts';
import { sessionView } from './session.view.ts';
import type { SignIn } from './sign-in.ts';

export interface SessionRoutesDeps {
  sessions: Sessions;
  signIn: SignIn;
  requireUser: RequestHandler;
  logger: Logger;
}

/** Any line of text: whether it is an address at all is the account's to say, with the same answer as any other. */
export const credentialsBody = z.strictObject({ email: lineOfText(254), password: oldPassword() });

/** What `GET /sessions` calls a session: 22 characters of base64url. */
export const sessionParams = z.strictObject({
  session_id: z.string().regex(/^[\w-]{22}$/, 'must be the session_id of GET /sessions'),
});

/** Sign in, who am I, sign out; and where else am I signed in, and out with it. */
export function sessionRoutes(deps: SessionRoutesDeps): Router {
  const { sessions, requireUser, logger } = deps;
  const router = routerFor(['/session', '/sessions']);

  router.post('/session', signInWithJson(deps.signIn));

  router.get('/session', requireUser, (req, res) => void res.json(accountView(userOf(req))));

  router.delete('/session', async (req, res) => {
    await sessions.end(req);
    res.status(204).end();
  });

  router.get('/sessions', requireUser, async (req, res) => {
    const list = await sessions.list(req, userOf(req).userId);
    // All of them: there are few, and a list that changes with every request of the user has no pages that hold still.
    res.json({ items: list.map(sessionView), next_cursor: null });
  });

  router.delete('/sessions', requireUser, async (req, res) => {
    await sessions.endAll(req, userOf(req).userId);
    logger.info('signed out everywhere');
    res.status(204).end();
  });

  router.delete('/sessions/:session_id', requireUser, async (req, res) => {
    const { session_id: sessionId } = parse(sessionParams, req.params, 'params');
    if (!(await sessions.endOne(req, userOf(req).userId, sessionId))) {
      throw problem(404, 'SESSION_NOT_FOUND', 'You have no session with this id. It may have ended already.');
    }
    logger.info({ sessionId }, 'session ended by its user');
    res.status(204).end();
  });

  return router;
}

// An Idempotency-Key is not honoured here, on purpose: a stored answer would sign in whoever has the key, without the
// password. Signing in twice is harmless.
function signInWithJson(signIn: SignIn): RequestHandler {
  return async (req, res) => {
    res.json(accountView(await signIn(req, parse(credentialsBody, req.body, 'body'))));
  };
}
