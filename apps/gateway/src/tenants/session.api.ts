import { operation } from '../edge/openapi/operation.ts';
import { accountReply, sessionCookie } from './account.api.ts';
import { credentialsBody } from './session.routes.ts';

const tag = 'Sessions';
const access = { roles: ['owner', 'member', 'operator'] } as const;

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
    body: credentialsBody,
    responses: {
      200: {
        description: 'The account.',
        body: accountReply,
        headers: sessionCookie,
      },
    },
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
];
