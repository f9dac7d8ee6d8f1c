import { z } from 'zod';
import { operation } from '../openapi/operation.ts';
import { modes } from './mode.domain.ts';
import { modeChangeBody, sliceParams } from './slice.routes.ts';

const change = z.object({
  mode: z.enum(modes),
  percent: z.number().nullable().meta({ description: 'Of the tenants; in canary only.' }),
  reason: z.string(),
  changed_by: z.string().meta({ description: 'The address of an operator, or `automatic`.' }),
  changed_at: z.iso.datetime(),
  version: z.int(),
  automatic_rollback: z.boolean(),
});

const slice = change
  .extend({
    name: z.string().meta({ example: 'feed' }),
    routes: z.array(z.string()),
    service: z.object({ name: z.string(), configured: z.boolean() }),
    possible_modes: z.array(z.enum(modes)),
  })
  .meta({ id: 'Slice' });

const side = z.object({
  requests: z.int(),
  errors: z.int(),
  p50_ms: z.number().nullable(),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
});

const numbers = z
  .object({
    monolith: side,
    service: side,
    comparisons: z.object({
      compared: z.int(),
      match_rate: z.number().nullable().meta({ description: 'From 0 to 1; null before the first comparison.' }),
      match: z.int(),
      mismatch: z.int(),
      lag: z.int().meta({ description: 'Different at first, equal when both were asked again.' }),
      noise: z.int().meta({ description: 'Different only where the monolith differs from itself.' }),
      skipped_busy: z.int(),
      skipped_incomparable: z.int(),
    }),
    control: z.object({ repeated: z.int(), differed: z.int() }),
  })
  .meta({ id: 'SliceNumbers' });

const mismatch = z.object({
  at: z.iso.datetime(),
  mode_version: z.int(),
  tenant_id: z.uuid(),
  request: z.string().meta({ description: 'Its path, and the names in its query.' }),
  correlation_id: z.string().nullable(),
  differences: z.array(
    z.object({
      path: z.string().meta({ description: 'A normalized path (RFC 9535), or `status`.' }),
      monolith: z.unknown().meta({ description: 'The value where the table of slices shows it, else its type.' }),
      service: z.unknown(),
    }),
  ),
  more_differences: z.int(),
});

const detail = slice
  .extend({
    since_change: numbers,
    window_seconds: z.number(),
    last_windows: z.array(numbers),
    mismatches: z.array(mismatch),
    history: z.array(change),
  })
  .meta({ id: 'SliceDetail' });

const access = { roles: ['operator'] } as const;
const tag = 'Operator';

/** The routes of `slice.routes.ts`. */
export const sliceOperations = [
  operation({
    id: 'listSlices',
    method: 'get',
    path: '/operator/slices',
    tag,
    summary: 'List the slices and who answers them',
    access,
    responses: { 200: { description: 'All slices.', body: z.object({ items: z.array(slice) }) } },
  }),
  operation({
    id: 'getSlice',
    method: 'get',
    path: '/operator/slices/:name',
    tag,
    summary: 'Read a slice with its numbers, differences and history',
    description:
      'The numbers are those of all replicas, two seconds old at most. Examples of differences are redacted.',
    access,
    params: sliceParams,
    responses: { 200: { description: 'The slice.', body: detail } },
    problems: { 404: ['SLICE_NOT_FOUND'] },
  }),
  operation({
    id: 'changeSlice',
    method: 'put',
    path: '/operator/slices/:name',
    tag,
    summary: 'Change who answers a slice',
    description: 'In every replica, within a second.',
    access,
    params: sliceParams,
    body: modeChangeBody.meta({ example: { mode: 'canary', percent: 10, reason: 'shadow matched for a week' } }),
    responses: { 200: { description: 'The slice, changed.', body: slice } },
    problems: { 404: ['SLICE_NOT_FOUND'], 409: ['SLICE_HAS_NO_SERVICE', 'SLICE_HAS_NO_MONOLITH'] },
  }),
];
