import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { accountReply, sessionCookie } from './account.api.ts';
import { credentialsBody, sessionParams } from './session.routes.ts';

const tag = 'Sessions';
const access = { roles: ['owner', 'member', 'operator'] } as const;

/** What `sessionView` shows. */
const sessionReply = z
  .object({
    session_id: z.string(),
    device: z.string(),
    created_at: z.iso.datetime(),
    last_used_at: z.iso.datetime(),
    current: z.boolean(),
  })
  .meta({ id: 'Session' });

/** The routes of `session.routes.ts`. */
export const sessionOperations = [
  operation({
    id: 'signIn',
    method: 'post',
    path: '/session',
    tag,
    summary: 'Sign in',
    description:
      'The answer to an unknown address and to a wrong password is the same. No `Idempotency-Key` is honoured.',
    access: 'anybody',
    body: credentialsBody.meta({ example: { email: 'ada@example.com', password: 'correct horse battery' } }),
    responses: { 200: { description: 'The account.', body: accountReply, headers: sessionCookie } },
    problems: { 401: ['INVALID_CREDENTIALS'] },
  }),
  operation({
    id: 'getSession',
    method: 'get',
    path: '/session',
    tag,
    summary: 'Read who is signed in',
    access,
    responses: { 200: { description: 'The account.', body: accountReply } },
  }),
  operation({
    id: 'signOut',
    method: 'delete',
    path: '/session',
    tag,
    summary: 'Sign out',
    access: 'anybody',
    responses: { 204: { description: 'There is no session any more.' } },
  }),
  operation({
    id: 'listSessions',
    method: 'get',
    path: '/sessions',
    tag,
    summary: 'List where you are signed in',
    description: 'All of them, the one used last first.',
    access,
    responses: {
      200: {
        description: 'The sessions of the user.',
        body: z.object({ items: z.array(sessionReply), next_cursor: z.null() }),
      },
    },
  }),
  operation({
    id: 'endSession',
    method: 'delete',
    path: '/sessions/:session_id',
    tag,
    summary: 'Sign out somewhere else',
    access,
    params: sessionParams,
    responses: { 204: { description: 'The session has ended.' } },
    problems: { 404: ['SESSION_NOT_FOUND'] },
  }),
  operation({
    id: 'endSessions',
    method: 'delete',
    path: '/sessions',
    tag,
    summary: 'Sign out everywhere',
    access,
    responses: { 204: { description: 'All sessions of the user have ended, this one too.' } },
  }),
];
