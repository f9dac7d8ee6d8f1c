import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { listQuery } from '../edge/page.ts';
import { keyParams, newKeyBody } from './api-key.routes.ts';
import { scopeSchema } from './scopes.domain.ts';

const keyReply = z
  .object({
    key_id: z.uuid(),
    name: z.string(),
    scopes: z.array(scopeSchema),
    status: z.enum(['active', 'expired', 'revoked']),
    created_by: z.uuid().meta({ description: 'The owner on whose behalf the key acts.' }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    last_used_at: z.iso.datetime().nullable().meta({ description: 'Exact to a minute.' }),
    revoked_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApiKey' });

const newKeyReply = keyReply
  .extend({
    key: z
      .string()
      .nullable()
      .meta({ description: '`atlas_<id>_<secret>`, shown once: null when this is the stored answer.' }),
  })
  .meta({ id: 'NewApiKey' });

const tag = 'API keys';
const access = { roles: ['owner'] } as const;

/** The routes of `api-key.routes.ts`. None has a scope: a key that leaked must not make others that live longer. */
export const apiKeyOperations = [
  operation({
    id: 'createApiKey',
    method: 'post',
    path: '/api-keys',
    tag,
    summary: 'Make an API key',
    description:
      'Send it as `Authorization: Bearer atlas_…`. It acts on behalf of the owner who makes it, within its scopes.',
    access,
    // The clock decides what is in the past, which is no part of the description.
    body: newKeyBody(() => new Date()).meta({ example: { name: 'Warehouse', scopes: ['orders:read'] } }),
    idempotencyKey: true,
    responses: { 201: { description: 'The key.', body: newKeyReply } },
    problems: { 409: ['TOO_MANY_API_KEYS'] },
  }),
  operation({
    id: 'listApiKeys',
    method: 'get',
    path: '/api-keys',
    tag,
    summary: 'List the API keys, newest first',
    access,
    query: listQuery,
    responses: {
      200: {
        description: 'A page, those that have ended among them.',
        body: z.object({ items: z.array(keyReply), next_cursor: z.string().nullable() }),
      },
    },
    problems: { 400: ['INVALID_CURSOR'] },
  }),
  operation({
    id: 'revokeApiKey',
    method: 'delete',
    path: '/api-keys/:key_id',
    tag,
    summary: 'Revoke an API key, from its next request on',
    access,
    params: keyParams,
    responses: { 204: { description: 'It opens nothing any more.' } },
    problems: { 404: ['API_KEY_NOT_FOUND'] },
  }),
];
