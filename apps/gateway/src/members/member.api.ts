import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { listQuery } from '../edge/page.ts';
import { accountReply, sessionCookie } from '../tenants/account.api.ts';
import { newMemberBody } from './member.routes.ts';

const memberReply = z
  .object({
    user_id: z.uuid(),
    email: z.string(),
    name: z.string(),
    role: z.enum(['owner', 'member']),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'Member' });

const tag = 'Members';

/** The routes of `member.routes.ts`. */
export const memberOperations = [
  operation({
    id: 'join',
    method: 'post',
    path: '/members',
    tag,
    summary: 'Join a workspace with an invitation',
    description:
      'The e-mail address and the role are those of the invitation. Publishes `user.registered`, begins a session.',
    access: 'anybody',
    body: newMemberBody.meta({
      example: { token: 'the token of the invitation', user_name: 'Bob', password: 'correct horse battery' },
    }),
    idempotencyKey: true,
    responses: { 201: { description: 'The account.', body: accountReply, headers: sessionCookie } },
    problems: {
      404: ['INVITATION_NOT_FOUND'],
      409: ['INVITATION_ACCEPTED', 'INVITATION_REVOKED', 'INVITATION_EXPIRED', 'EMAIL_TAKEN'],
    },
  }),
  operation({
    id: 'listMembers',
    method: 'get',
    path: '/members',
    tag,
    summary: 'List the members of the workspace, in the order in which they joined',
    access: { roles: ['owner', 'member'] },
    query: listQuery,
    responses: {
      200: {
        description: 'A page.',
        body: z.object({ items: z.array(memberReply), next_cursor: z.string().nullable() }),
      },
    },
    problems: { 400: ['INVALID_CURSOR'] },
  }),
];
