import type { Outbox } from '@atlas/messaging/postgres';
import { parse, problem } from '@atlas/platform';
import type { Client as FlagClient } from '@openfeature/server-sdk';
import type { Router } from 'express';
import { z } from 'zod';
import { sqlExecutor, type Tx } from '../database.ts';
import { clientAddress } from '../edge/client-address.ts';
import { type Commands, send, strangersRequest } from '../edge/command.ts';
import type { Answer } from '../edge/idempotency.ts';
import { routerFor } from '../edge/router-for.ts';
import type { Sessions } from '../edge/session.ts';
import type { FlagKey } from '../flags/flag-definitions.ts';
import type { TenantId, UserId } from '../ids.domain.ts';
import { RejectedError } from '../rejected.domain.ts';
import { emailAddress, lineOfText } from '../text.ts';
import { accountView } from './account.view.ts';
import { newPassword } from './new-password.ts';
import type { Passwords } from './passwords.ts';
import { signUp } from './tenant.domain.ts';
import { insertTenant, insertUser } from './tenant.queries.ts';

export interface TenantRoutesDeps {
  commands: Commands;
  outbox: Outbox;
  sessions: Sessions;
  passwords: Passwords;
  flags: FlagClient;
  /** Sign-ups by address: each costs a password hash, and tells whether an e-mail address has an account. */
  limit: { spend(key: string): Promise<unknown> };
  /** Keys the fingerprints of sign-ups: they hash a password, which a plain hash would give away to guessing. */
  fingerprintSecret: string;
  clock: () => Date;
  newId: () => string;
}

export const signUpBody = z.strictObject({
  tenant_name: lineOfText(200),
  user_name: lineOfText(200),
  email: emailAddress(),
  password: newPassword(),
});

function signUpClosed() {
  return problem(403, 'SIGN_UP_CLOSED', 'Nobody can sign up at the moment. Those who have an account can sign in.');
}

type SignUpBody = z.output<typeof signUpBody>;

/** Sign-up: a tenant, its owner and `user.registered` in one transaction, then a session for the owner. */
export function tenantRoutes(deps: TenantRoutesDeps): Router {
  const { commands, sessions, passwords, newId } = deps;
  const router = routerFor(['/tenants']);
  router.post('/tenants', async (req, res) => {
    const body = parse(signUpBody, req.body, 'body');
    await deps.limit.spend(clientAddress(req));
    if (!(await deps.flags.getBooleanValue('sign-up' satisfies FlagKey, true))) throw signUpClosed();
    const key = strangersRequest(req, 'POST /tenants', deps.fingerprintSecret);
    // Asked beforehand, so that an outage of Redis does not leave an account whose owner was told that it failed.
    await sessions.assertReachable();
    const ids = { tenantId: newId() as TenantId, userId: newId() as UserId };
    const passwordHash = await passwords.hash(body.password);
    const answer = await commands.transact('tenants', key, (tx) =>
      register(deps, tx, { ...body, ...ids, passwordHash }),
    );
    // A stored answer is given only to who sends the same password again (it is in the fingerprint), so it may sign in.
    await sessions.begin(req, (answer.body as ReturnType<typeof accountView>).user.user_id);
    send(res, answer);
  });
  return router;
}

type Registration = SignUpBody & { tenantId: TenantId; userId: UserId; passwordHash: string };

async function register(deps: TenantRoutesDeps, tx: Tx, input: Registration): Promise<Answer> {
  const { tenantId, userId, email, passwordHash, tenant_name: tenantName, user_name: userName } = input;
  const createdAt = deps.clock();
  const fact = signUp({ tenantId, tenantName, userId, userName, email });
  const { role } = fact.payload;
  await insertTenant(tx, { tenantId, name: tenantName, kind: 'customer', createdAt });
  if (!(await insertUser(tx, { userId, tenantId, email, name: userName, role, passwordHash, createdAt }))) {
    // This tells that the address has an account. It has to, as long as nobody confirms addresses by mail before they
    // are used: someone who signs up must learn why it did not work. Signing in tells nothing (see session.routes.ts).
    throw new RejectedError('EMAIL_TAKEN', 'There is an account with this e-mail address. Sign in instead.');
  }
  const meta = { tenantId, subject: userId, sequence: 1 };
  await deps.outbox.add(sqlExecutor(tx), [{ type: fact.type, payload: fact.payload, meta }]);
  return { status: 201, body: accountView({ userId, tenantId, role, email, name: userName, tenantName }) };
}
