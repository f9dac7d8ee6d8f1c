import type { Outbox } from '@atlas/messaging/postgres';
import { parse, problem } from '@atlas/platform';
import type { RequestHandler, Router } from 'express';
import { z } from 'zod';
import { type Db, sqlExecutor, type Tx } from '../database.ts';
import { type Commands, send, strangersRequest } from '../edge/command.ts';
import type { Answer } from '../edge/idempotency.ts';
import { userOf } from '../edge/identity.ts';
import { askedPage, pageAnswer } from '../edge/page.ts';
import { routerFor } from '../edge/router-for.ts';
import type { Sessions } from '../edge/session.ts';
import { type UserId, userIdSchema } from '../ids.domain.ts';
import { RejectedError } from '../rejected.domain.ts';
import { hashOf } from '../secret.ts';
import { accountView } from '../tenants/account.view.ts';
import { newPassword } from '../tenants/new-password.ts';
import type { Passwords } from '../tenants/passwords.ts';
import { insertUser } from '../tenants/tenant.queries.ts';
import { lineOfText } from '../text.ts';
import { accept } from './invitation.domain.ts';
import { findInvited, lockInvitation, updateEnded } from './invitation.queries.ts';
import { listMembers, type Member } from './member.queries.ts';

export interface MemberRoutesDeps {
  db: Db;
  commands: Commands;
  outbox: Outbox;
  sessions: Sessions;
  passwords: Passwords;
  /** Keys the fingerprints of requests that hold a password. */
  fingerprintSecret: string;
  requireMember: RequestHandler;
  clock: () => Date;
  newId: () => string;
}

/** The body of `POST /members`. */
export const newMemberBody = z.strictObject({
  token: lineOfText(200),
  user_name: lineOfText(200),
  password: newPassword(),
});

/** Who belongs to the tenant, and how somebody who was invited joins it. */
export function memberRoutes(deps: MemberRoutesDeps): Router {
  const { db, commands, sessions, passwords, newId } = deps;
  const router = routerFor(['/members']);

  router.post('/members', async (req, res) => {
    const { token, user_name: userName, password } = parse(newMemberBody, req.body, 'body');
    const key = strangersRequest(req, 'POST /members', deps.fingerprintSecret);
    const tokenHash = hashOf(token);
    // Before the password is hashed: that takes a processor's time, which a made-up token must not cost us.
    if (!(await findInvited(db, tokenHash))) throw noSuchInvitation();
    // As for a sign-up: an outage of Redis must not leave an account whose owner was told that it failed.
    await sessions.assertReachable();
    const registration = {
      tokenHash,
      userName,
      userId: newId() as UserId,
      passwordHash: await passwords.hash(password),
    };
    const answer = await commands.transact('members', key, (tx) => join(deps, tx, registration));
    await sessions.begin(req, (answer.body as ReturnType<typeof accountView>).user.user_id);
    send(res, answer);
  });

  router.get('/members', deps.requireMember, async (req, res) => {
    const { tenantId } = userOf(req);
    const page = askedPage(req, tenantId, userIdSchema);
    const rows = await listMembers(db, tenantId, page);
    res.json(pageAnswer(tenantId, page, rows, { idOf: ({ userId }) => userId, view: memberView }));
  });

  return router;
}

interface Registration {
  readonly tokenHash: Buffer;
  readonly userId: UserId;
  readonly userName: string;
  readonly passwordHash: string;
}

/** The user, the end of the invitation and `user.registered`, in one transaction. */
async function join(deps: MemberRoutesDeps, tx: Tx, registration: Registration): Promise<Answer> {
  const { tokenHash, userId, userName, passwordHash } = registration;
  const invited = await findInvited(tx, tokenHash);
  const pending = invited && (await lockInvitation(tx, invited.tenantId, invited.invitationId));
  if (!pending) throw noSuchInvitation();
  const { tenantName } = invited;
  const createdAt = deps.clock();
  const { invitation, fact } = accept(pending, { userId, userName, tenantName, acceptedAt: createdAt });
  const { tenantId, email, role } = invitation;
  if (!(await insertUser(tx, { userId, tenantId, email, name: userName, role, passwordHash, createdAt }))) {
    throw new RejectedError(
      'EMAIL_TAKEN',
      'There is an account with this e-mail address. Ask to be invited with another.',
    );
  }
  await updateEnded(tx, invitation);
  const meta = { tenantId, subject: userId, sequence: 1 };
  await deps.outbox.add(sqlExecutor(tx), [{ type: fact.type, payload: fact.payload, meta }]);
  return { status: 201, body: accountView({ userId, tenantId, role, email, name: userName, tenantName }) };
}

function memberView({ userId, email, name, role, createdAt }: Member) {
  return { user_id: userId, email, name, role, created_at: createdAt.toISOString() };
}

const noSuchInvitation = () =>
  problem(404, 'INVITATION_NOT_FOUND', 'There is no invitation with this token. Ask for a new one.');
