import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { wholeNumber } from '../edge/openapi/whole-number.ts';

/** The query of GET /feed, as the notification service reads it. */
export const feedQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,3}$/)
    .optional()
    .meta({ description: '20 when left out.', ...wholeNumber(1, 100) }),
  cursor: z.string().min(1).max(2048).optional().meta({ description: 'The `next_cursor` of the page before.' }),
});

/** A page of the feed. */
export const feedReply = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      event_id: z.string(),
      type: z.string().meta({ example: 'order.completed' }),
      title: z.string(),
      subject: z.string().meta({ description: 'What it is about: the id of an order, a user, a subscription.' }),
      occurred_at: z.iso.datetime(),
      data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    }),
  ),
  next_cursor: z.string().nullable(),
});

/** The route behind `/feed`. */
export const feedOperations = [
  operation({
    id: 'getFeed',
    method: 'get',
    path: '/feed',
    tag: 'Activity',
    summary: 'List what has happened in the tenant, newest first',
    access: { roles: ['owner', 'member', 'operator'], scope: 'feed:read' },
    query: feedQuery,
    responses: { 200: { description: 'A page.', body: feedReply } },
    problems: { 400: ['INVALID_CURSOR'], 503: ['SERVICE_UNAVAILABLE'] },
  }),
];
