import { operation } from '../edge/openapi/operation.ts';
import { sessionCookie } from './account.api.ts';
import { passwordChangeBody } from './password.routes.ts';

/** The route of `password.routes.ts`. */
export const passwordOperations = [
  operation({
    id: 'changePassword',
    method: 'put',
    path: '/account/password',
    tag: 'Sessions',
    summary: 'Change your password',
    description: 'Ends your other sessions and gives this one a new cookie. API keys stay as they are.',
    access: { roles: ['owner', 'member'] },
    body: passwordChangeBody.meta({
      example: { current_password: 'correct horse battery', new_password: 'another horse battery' },
    }),
    responses: { 204: { description: 'The password is the new one.', headers: sessionCookie } },
    problems: { 403: ['WRONG_PASSWORD'], 409: ['PASSWORD_JUST_CHANGED'] },
  }),
];
