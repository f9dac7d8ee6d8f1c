import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { tenantFlags } from './flag-definitions.ts';
import { flagBody, flagParams, historyQuery } from './flag-input.ts';

const decision = z
  .object({
    version: z.int(),
    enabled: z.boolean(),
    variant: z.string().meta({ description: 'What is rolled out.' }),
    percent: z.number().meta({ description: 'To how many percent of the tenants.' }),
    tenants: z.record(z.string(), z.string()).meta({ description: 'Tenants with a variant of their own, by id.' }),
    changed_at: z.iso.datetime(),
    changed_by: z.string().meta({ description: 'The id of the operator.' }),
    reason: z.string(),
  })
  .meta({ id: 'FlagDecision' });

const flag = z
  .object({
    key: z.string(),
    description: z.string(),
    variants: z.record(z.string(), z.json()),
    fallback: z.string().meta({ description: 'The variant of everybody until somebody decides.' }),
    version: z.int().meta({ description: '0 until somebody decides; the ETag for If-Match.' }),
    decision: decision.nullable(),
  })
  .meta({ id: 'Flag' });

const tag = 'Operator';
const access = { roles: ['operator'] } as const;
const problems = { 404: ['FLAG_NOT_FOUND'] };

/** The routes of `flag.routes.ts`. */
export const flagOperations = [
  operation({
    id: 'listOwnFlags',
    method: 'get',
    path: '/flags',
    tag: 'Tenant',
    summary: 'Read which features are on for the tenant',
    description: 'For a program that shows something else while a feature is on. A decision counts within a second.',
    access: { roles: ['owner', 'member'] },
    responses: {
      200: {
        description: 'All flags that clients may know of.',
        body: z.object({
          items: z.array(z.object({ key: z.enum(tenantFlags), on: z.boolean() })),
          next_cursor: z.null(),
        }),
      },
    },
  }),
  operation({
    id: 'listFlags',
    method: 'get',
    path: '/operator/flags',
    tag,
    summary: 'List the feature flags',
    access,
    responses: {
      200: {
        description: 'All flags, as this replica knows them.',
        body: z.object({
          items: z.array(flag),
          state: z.enum(['unknown', 'current', 'stale']).meta({
            description:
              '`stale`: the store does not answer, and this is the last that was known. `unknown`: nothing was read yet.',
          }),
        }),
      },
    },
  }),
  operation({
    id: 'putFlag',
    method: 'put',
    path: '/operator/flags/:key',
    tag,
    summary: 'Decide about a feature flag',
    description:
      'Every replica follows within a second. `percent` of the tenants get `variant`, always the same ones, and a larger number only adds some. `If-Match` with the version refuses to overwrite what you have not seen.',
    access,
    params: flagParams,
    headers: z.object({ 'If-Match': z.string().optional() }),
    body: flagBody.meta({
      example: { enabled: true, variant: 'off', percent: 100, reason: 'a flood of sign-ups by a program' },
    }),
    responses: { 200: { description: 'The flag.', body: flag, headers: { ETag: 'The new version.' } } },
    problems: {
      ...problems,
      400: ['MALFORMED_IF_MATCH'],
      412: ['PRECONDITION_FAILED'],
      422: ['UNKNOWN_VARIANT'],
    },
  }),
  operation({
    id: 'listFlagHistory',
    method: 'get',
    path: '/operator/flags/:key/history',
    tag,
    summary: 'Read who changed a feature flag, when and why',
    access,
    params: flagParams,
    query: historyQuery,
    responses: { 200: { description: 'Newest first.', body: z.object({ items: z.array(decision) }) } },
    problems,
  }),
];
