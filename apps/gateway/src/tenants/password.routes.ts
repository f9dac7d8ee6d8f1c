import { type Logger, parse, problem } from '@atlas/platform';
import type { RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { Db } from '../database.ts';
import { clientAddress } from '../edge/client-address.ts';
import { userOf } from '../edge/identity.ts';
import { routerFor } from '../edge/router-for.ts';
import type { Sessions } from '../edge/session.ts';
import { newPassword } from './new-password.ts';
import { oldPassword } from './old-password.ts';
import type { Passwords } from './passwords.ts';
import type { SignInThrottle } from './sign-in-throttle.ts';
import { findAccount, replacePassword } from './tenant.queries.ts';

export interface PasswordRoutesDeps {
  db: Db;
  sessions: Sessions;
  passwords: Passwords;
  throttle: SignInThrottle;
  /** Owners and members: an operator's password is that of the configuration. */
  requireMember: RequestHandler;
  logger: Logger;
}

export const passwordChangeBody = z.strictObject({ current_password: oldPassword(), new_password: newPassword() });

/** Changes one's own password and signs out everywhere else. */
export function passwordRoutes(deps: PasswordRoutesDeps): Router {
  const { db, sessions, passwords, throttle, requireMember, logger } = deps;
  const router = routerFor(['/account']);

  // No Idempotency-Key: the second time the current password is another one, and the answer says so.
  router.put('/account/password', requireMember, async (req, res) => {
    const body = parse(passwordChangeBody, req.body, 'body');
    const { userId, email } = userOf(req);
    // Throttled like a sign-in: who finds a browser open may not guess what else the password opens.
    const from = await throttle.guess({ address: clientAddress(req), email }, async () => {
      const { passwordHash } = (await findAccount(db, email)) ?? {};
      return (await passwords.verify(passwordHash, body.current_password)) ? passwordHash : undefined;
    });
    if (from === undefined) throw problem(403, 'WRONG_PASSWORD', 'The current password is another one.');
    const to = await passwords.hash(body.new_password);
    // Before and after: nobody who knows the old password stays signed in, should this process die in between.
    await sessions.endOthers(req, userId);
    if (!(await replacePassword(db, userId, { from, to }))) {
      throw problem(409, 'PASSWORD_JUST_CHANGED', 'The password was changed by another request at the same time.');
    }
    await sessions.endOthers(req, userId);
    await sessions.begin(req, userId);
    logger.info('password changed');
    res.status(204).end();
  });

  return router;
}
