import { type Logger, type Metrics, parse, problem } from '@atlas/platform';
import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { Db } from '../database.ts';
import { clientAddress } from '../edge/client-address.ts';
import { userOf } from '../edge/identity.ts';
import type { Sessions } from '../edge/session.ts';
import { lineOfText } from '../text.ts';
import { accountView } from './account.view.ts';
import { oldPassword } from './old-password.ts';
import type { Passwords } from './passwords.ts';
import { sessionView } from './session.view.ts';
import type { SignInThrottle } from './sign-in-throttle.ts';
import { findAccount } from './tenant.queries.ts';

export interface SessionRoutesDeps {
  db: Db;
  sessions: Sessions;
  passwords: Passwords;
  requireUser: RequestHandler;
  throttle: SignInThrottle;
  logger: Logger;
  metrics: Metrics;
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
  const router = Router();

  router.post('/session', signIn(deps));

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
function signIn({ db, sessions, passwords, throttle, logger, metrics }: SessionRoutesDeps): RequestHandler {
  const attempts = metrics.counter('sign_ins_total', 'Sign-ins by outcome; throttled ones count as 429 of the route.', [
    'outcome',
  ]);
  return async (req, res) => {
    const { email, password } = parse(credentialsBody, req.body, 'body');
    const address = clientAddress(req);
    const account = await throttle.guess({ address, email }, async () => {
      const found = await findAccount(db, email);
      // Asked for an account that does not exist as well: the time of an answer tells nothing.
      return (await passwords.verify(found?.passwordHash, password)) ? found : undefined;
    });
    attempts.inc({ outcome: account ? 'succeeded' : 'refused' });
    if (!account) {
      logger.info({ address }, 'sign-in refused');
      throw problem(401, 'INVALID_CREDENTIALS', 'There is no account with this e-mail address and password.');
    }
    await sessions.begin(req, account.userId);
    logger.info({ address, userId: account.userId, tenantId: account.tenantId }, 'signed in');
    res.json(accountView(account));
  };
}
