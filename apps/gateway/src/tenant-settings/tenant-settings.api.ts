import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { settingsSchema } from './settings.domain.ts';

const settingsReply = z
  .object({
    version: z.int().meta({ description: '0 until somebody sets something; the ETag for If-Match.' }),
    orders: z.object({
      currencies: z
        .array(z.string())
        .meta({ description: 'In which currencies orders may be placed; empty allows all.' }),
      max_lines: z.int().meta({ description: 'How many lines an order may have.' }),
    }),
  })
  .meta({ id: 'TenantSettings' });

const tag = 'Tenants';
const access = { roles: ['owner'] } as const;
const headers = { ETag: 'The version.' };

/** The routes of `tenant-settings.routes.ts`. */
export const tenantSettingsOperations = [
  operation({
    id: 'getTenantSettings',
    method: 'get',
    path: '/tenant/settings',
    tag,
    summary: 'Read the settings of the tenant',
    access,
    responses: { 200: { description: 'The settings.', body: settingsReply, headers } },
  }),
  operation({
    id: 'putTenantSettings',
    method: 'put',
    path: '/tenant/settings',
    tag,
    summary: 'Replace the settings of the tenant',
    description:
      'Counts from the next request on, whichever replica gets it. `If-Match` has to name the version that was read.',
    access,
    headers: z.object({ 'If-Match': z.string() }),
    body: settingsSchema.meta({ example: { orders: { currencies: ['EUR', 'GBP'], max_lines: 500 } } }),
    responses: { 200: { description: 'The new settings.', body: settingsReply, headers } },
    problems: { 400: ['MALFORMED_IF_MATCH'], 412: ['PRECONDITION_FAILED'], 428: ['PRECONDITION_REQUIRED'] },
  }),
];
