import type { EventOf } from '@atlas/event-contracts';
import { type Change, defineProjection } from '@atlas/projections/declaration';
import { dayOf } from '../period/day.domain.ts';

type Activated = EventOf<'subscription.activated.v1'>;
type Changed = EventOf<'subscription.changed.v1'>;

/**
 * How the subscriptions of a day differ from those of the day before, by currency: how many began and ended, and what the
 * active ones pay. Prices of a year are kept as such, and divided by those who read.
 */
export const subscriptions = defineProjection({
  name: 'subscriptions',
  table: 'subscription-figures',
  version: 1,
  events: ['subscription.activated.v1', 'subscription.changed.v1'],
  dimensions: ['date', 'currency'],
  shards: 4,
  everyone: true,
  project(event) {
    const add = event.event === 'subscription.activated' ? activated(event as Activated) : changed(event as Changed);
    const told = Object.fromEntries(Object.entries(add).filter(([, amount]) => amount !== 0));
    const row = [dayOf(event.timestamp), event.payload.currency];
    return Object.keys(told).length === 0 ? [] : [{ row, add: told }];
  },
});

/**
 * The first activation begins the subscription. A later one renews it, or stands beside a `subscription.changed` that
 * carries the difference itself: only a renewal says what was paid before.
 */
function activated({ sequence, payload }: Activated): Change['add'] {
  const { price_cents, previous_price_cents = price_cents, interval } = payload;
  if (sequence === 1) return { active: 1, new: 1, [priceIn(interval)]: price_cents };
  return { [priceIn(interval)]: price_cents - previous_price_cents };
}

function changed({ payload }: Changed): Change['add'] {
  const { from_price_cents, to_price_cents, to_plan_id, status, interval, from_interval = interval } = payload;
  if (to_plan_id === null || status !== 'active') {
    const how = status === 'cancelled' ? 'cancelled' : 'ended';
    return { active: -1, [how]: 1, [priceIn(from_interval)]: -from_price_cents };
  }
  if (from_interval === interval) return { [priceIn(interval)]: to_price_cents - from_price_cents };
  return { [priceIn(from_interval)]: -from_price_cents, [priceIn(interval)]: to_price_cents };
}

const priceIn = (interval: 'month' | 'year') => `${interval}_cents` as const;
