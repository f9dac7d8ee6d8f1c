import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { listQuery } from '../edge/page.ts';
import { invitationParams, newInvitationBody } from './invitation.routes.ts';

const invitationReply = z
  .object({
    invitation_id: z.uuid(),
    email: z.string(),
    role: z.enum(['owner', 'member']),
    status: z.enum(['pending', 'accepted', 'expired', 'revoked']),
    invited_by: z.uuid(),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    accepted_at: z.iso.datetime().nullable(),
    accepted_by: z.uuid().nullable(),
    revoked_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Invitation' });

const newInvitationReply = invitationReply
  .extend({
    token: z.string().nullable().meta({ description: 'Shown once: null when this is the stored answer.' }),
  })
  .meta({ id: 'NewInvitation' });

const tag = 'Members';
const access = { roles: ['owner'] } as const;

/** The routes of `invitation.routes.ts`. */
export const invitationOperations = [
  operation({
    id: 'invite',
    method: 'post',
    path: '/invitations',
    tag,
    summary: 'Invite somebody into the workspace',
    description:
      'Hand the token to the person it is for. It is good for seven days and joins one person: `POST /members`.',
    access,
    body: newInvitationBody.meta({ example: { email: 'bob@example.com', role: 'member' } }),
    idempotencyKey: true,
    responses: { 201: { description: 'The invitation and its token.', body: newInvitationReply } },
    problems: { 409: ['ALREADY_MEMBER', 'ALREADY_INVITED', 'TOO_MANY_INVITATIONS'] },
  }),
  operation({
    id: 'listInvitations',
    method: 'get',
    path: '/invitations',
    tag,
    summary: 'List the invitations, newest first',
    access,
    query: listQuery,
    responses: {
      200: {
        description: 'A page, those that have ended among them.',
        body: z.object({ items: z.array(invitationReply), next_cursor: z.string().nullable() }),
      },
    },
    problems: { 400: ['INVALID_CURSOR'] },
  }),
  operation({
    id: 'revokeInvitation',
    method: 'delete',
    path: '/invitations/:invitation_id',
    tag,
    summary: 'Take an invitation back',
    access,
    params: invitationParams,
    responses: { 204: { description: 'Its token joins nobody.' } },
    problems: { 404: ['INVITATION_NOT_FOUND'], 409: ['INVITATION_ACCEPTED'] },
  }),
];
