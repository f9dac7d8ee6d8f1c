import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { revenueQuery } from './revenue.feature.ts';

const revenueReply = z
  .object({
    items: z.array(
      z.object({
        date: z.iso.date().meta({ description: 'The first day of the interval, UTC.' }),
        currency: z.string().meta({ example: 'EUR' }),
        gross_cents: z.int(),
        orders: z.int(),
        average_cents: z.int().meta({ description: 'Half a cent is rounded up.' }),
      }),
    ),
    as_of: z.iso.datetime().meta({ description: 'Up to when everything is counted.' }),
  })
  .meta({ id: 'Revenue' });

/** The routes behind `/reports`. */
export const reportOperations = [
  operation({
    id: 'getRevenue',
    method: 'get',
    path: '/reports/revenue',
    tag: 'Reports',
    summary: 'Revenue of completed orders by day, week or month, and currency',
    description:
      'By the date of completion (UTC), both days included; the last 30 days when nothing is said. Weeks begin on Monday. ' +
      'Intervals without an order are left out.',
    access: { roles: ['owner', 'member', 'operator'], scope: 'reports:read' },
    query: revenueQuery,
    responses: { 200: { description: 'The revenue, oldest first.', body: revenueReply } },
    problems: { 422: ['AMOUNT_TOO_LARGE'], 503: ['SERVICE_UNAVAILABLE'] },
  }),
];
