import { parse, problem } from '@atlas/platform';
import type { Router } from 'express';
import { z } from 'zod';
import type { Db } from '../database.ts';
import type { Commands } from '../edge/command.ts';
import { userOf } from '../edge/identity.ts';
import { askedPage, pageAnswer } from '../edge/page.ts';
import { routerFor } from '../edge/router-for.ts';
import { type InvitationId, invitationIdSchema } from '../ids.domain.ts';
import { newSecret } from '../secret.ts';
import { lockTenant } from '../tenants/tenant.queries.ts';
import { emailAddress } from '../text.ts';
import { type Invitation, invite, revoke, statusOf } from './invitation.domain.ts';
import { insertInvitation, listInvitations, lockInvitation, presentFor, updateEnded } from './invitation.queries.ts';

export interface InvitationRoutesDeps {
  db: Db;
  commands: Commands;
  clock: () => Date;
  newId: () => string;
}

/** The body of `POST /invitations`. */
export const newInvitationBody = z.strictObject({
  email: emailAddress(),
  role: z.enum(['owner', 'member'], 'must be "owner" or "member"'),
});

/** The path of one invitation. */
export const invitationParams = z.strictObject({ invitation_id: invitationIdSchema });

/** How every token begins: a scanner finds by it what leaked, and nobody takes it for an API key. */
const tokenPrefix = 'invite_';

/** Who is invited into the owner's tenant. Behind `requireUser` for owners. */
export function invitationRoutes({ db, commands, clock, newId }: InvitationRoutesDeps): Router {
  const router = routerFor(['/invitations']);

  router.post(
    '/invitations',
    commands.command('members', { body: newInvitationBody }, async ({ tx, user, body: { email, role } }) => {
      const { tenantId, userId: invitedBy } = user;
      const invitedAt = clock();
      await lockTenant(tx, tenantId);
      const invitation = invite(
        { invitationId: newId() as InvitationId, tenantId, email, role, invitedBy, invitedAt },
        await presentFor(tx, tenantId, email, invitedAt),
      );
      const { secret, hash } = newSecret(tokenPrefix);
      await insertInvitation(tx, invitation, hash);
      // Whoever has the token becomes a member, so the answer that is stored for a repeated request has none.
      return {
        status: 201,
        body: { ...invitationView(invitation, invitedAt), token: null },
        shownOnce: { token: secret },
      };
    }),
  );

  router.get('/invitations', async (req, res) => {
    const { tenantId } = userOf(req);
    const page = askedPage(req, tenantId, invitationIdSchema);
    const now = clock();
    const rows = await listInvitations(db, tenantId, page);
    const view = (invitation: Invitation) => invitationView(invitation, now);
    res.json(pageAnswer(tenantId, page, rows, { idOf: ({ invitationId }) => invitationId, view }));
  });

  router.delete('/invitations/:invitation_id', async (req, res) => {
    const { tenantId, userId: revokedBy } = userOf(req);
    const { invitation_id: id } = parse(invitationParams, req.params, 'params');
    await commands.transact('members', undefined, async (tx) => {
      const invitation = await lockInvitation(tx, tenantId, id);
      if (!invitation) throw problem(404, 'INVITATION_NOT_FOUND', `There is no invitation ${id}.`);
      await updateEnded(tx, revoke(invitation, { revokedAt: clock(), revokedBy }));
      return { status: 204, body: undefined };
    });
    res.status(204).end();
  });

  return router;
}

function invitationView(invitation: Invitation, now: Date) {
  return {
    invitation_id: invitation.invitationId,
    email: invitation.email,
    role: invitation.role,
    status: statusOf(invitation, now),
    invited_by: invitation.invitedBy,
    created_at: invitation.invitedAt.toISOString(),
    expires_at: invitation.expiresAt.toISOString(),
    accepted_at: invitation.status === 'accepted' ? invitation.acceptedAt.toISOString() : null,
    accepted_by: invitation.status === 'accepted' ? invitation.acceptedBy : null,
    revoked_at: invitation.status === 'revoked' ? invitation.revokedAt.toISOString() : null,
  };
}
