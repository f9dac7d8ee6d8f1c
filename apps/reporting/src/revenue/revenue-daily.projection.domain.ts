import { defineProjection } from '@atlas/projections/declaration';
import { dayOf } from '../period/day.domain.ts';
import { totalCentsOf } from './order-amount.domain.ts';

/** What completed orders came to, by the UTC date of completion and currency. */
export const revenueDaily = defineProjection({
  name: 'revenue-daily',
  table: 'revenue-daily',
  version: 1,
  events: ['order.completed.v1'],
  dimensions: ['date', 'currency'],
  // All orders of a tenant's day are one row, and all orders of all tenants another one.
  shards: 8,
  everyone: true,
  project({ payload }) {
    const row = [dayOf(payload.completed_at), payload.currency];
    return [{ row, add: { gross_cents: totalCentsOf(payload), orders: 1 } }];
  },
});
