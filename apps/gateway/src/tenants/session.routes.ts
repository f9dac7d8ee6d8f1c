import { parse, problem } from '@atlas/platform';
import { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { Db } from '../database.ts';
import { userOf } from '../edge/identity.ts';
import type { RateLimit } from '../edge/rate-limit.ts';
import type { Sessions } from '../edge/session.ts';
import { lineOfText, requiredOr } from '../text.ts';
import { accountView } from './account.view.ts';
import type { Passwords } from './passwords.ts';
import { findAccount } from './tenant.queries.ts';

export interface SessionRoutesDeps {
  db: Db;
  sessions: Sessions;
  passwords: Passwords;
  requireUser: RequestHandler;
  /** Failed sign-ins by account and address together, and by address alone. */
  failures: { readonly account: RateLimit; readonly address: RateLimit };
}

// Any line of text: whether it is an address at all is the account's to say, with the same answer as any other.
export const credentialsBody = z.strictObject({
  email: lineOfText(254),
  password: z.string(requiredOr('must be text')).max(200, 'must have at most 200 characters'),
});

/** Sign in, who am I, sign out. */
export function sessionRoutes({ db, sessions, passwords, requireUser, failures }: SessionRoutesDeps): Router {
  const router = Router();

  // An Idempotency-Key is not honoured here, on purpose: a stored answer would sign in whoever has the key, without the
  // password. Signing in twice is harmless.
  router.post('/session', async (req, res) => {
    const { email, password } = parse(credentialsBody, req.body, 'body');
    const keys = failureKeys(req, email);
    await Promise.all([failures.account.check(keys.account), failures.address.check(keys.address)]);
    const account = await findAccount(db, email);
    if (!(await passwords.verify(account?.passwordHash, password)) || !account) {
      await Promise.all([failures.account.spend(keys.account), failures.address.spend(keys.address)]);
      throw problem(401, 'INVALID_CREDENTIALS', 'There is no account with this e-mail address and password.');
    }
    await sessions.begin(req, account.userId);
    res.json(accountView(account));
  });

  router.get('/session', requireUser, (req, res) => void res.json(accountView(userOf(req))));

  router.delete('/session', async (req, res) => {
    await sessions.end(req);
    res.status(204).end();
  });

  return router;
}

// Account and address together: counting by account alone would let anyone lock anyone out.
function failureKeys(req: Request, email: string) {
  const address = req.ip ?? 'unknown';
  return { account: `${address}/${email.toLowerCase()}`, address };
}
