import { operation } from '../edge/openapi/operation.ts';
import { accountReply, sessionCookie } from './account.api.ts';
import { signUpBody } from './tenant.routes.ts';

const ada = { tenant_name: 'Tea', user_name: 'Ada', email: 'ada@example.com', password: 'correct horse battery' };

/** The route of `tenant.routes.ts`. */
export const tenantOperations = [
  operation({
    id: 'signUp',
    method: 'post',
    path: '/tenants',
    tag: 'Tenants',
    summary: 'Sign up a tenant and its owner',
    description: 'Publishes `user.registered` and begins a session.',
    access: 'anybody',
    body: signUpBody.meta({ example: ada }),
    idempotencyKey: true,
    responses: { 201: { description: 'The account.', body: accountReply, headers: sessionCookie } },
    problems: { 403: ['SIGN_UP_CLOSED'], 409: ['EMAIL_TAKEN'] },
  }),
];
