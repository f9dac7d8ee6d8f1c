import { type Logger, type Metrics, problem } from '@atlas/platform';
import type { Request } from 'express';
import type { Db } from '../database.ts';
import { clientAddress } from '../edge/client-address.ts';
import type { Sessions } from '../edge/session.ts';
import type { Passwords } from './passwords.ts';
import type { SignInThrottle } from './sign-in-throttle.ts';
import { findAccount } from './tenant.queries.ts';

export interface SignInDeps {
  db: Db;
  sessions: Sessions;
  passwords: Passwords;
  throttle: SignInThrottle;
  logger: Logger;
  metrics: Metrics;
}

/** Whose address and password these are. */
export type Account = NonNullable<Awaited<ReturnType<typeof findAccount>>>;

/**
 * Begins a session for the request when the password is right, and resolves with the account. Throws a 401 problem, the
 * same for an unknown address and a wrong password, and a 429 for too many guesses.
 */
export type SignIn = (req: Request, credentials: { email: string; password: string }) => Promise<Account>;

/** The one way in, whether a program or a form asks: both count as guesses at the same account. */
export function createSignIn({ db, sessions, passwords, throttle, logger, metrics }: SignInDeps): SignIn {
  const attempts = metrics.counter('sign_ins_total', 'Sign-ins by outcome; throttled ones count as 429 of the route.', [
    'outcome',
  ]);
  return async (req, { email, password }) => {
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
    return account;
  };
}
