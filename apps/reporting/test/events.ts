import {
  chargeFailed,
  chargeReversed,
  chargeSucceeded,
  type EventKey,
  type EventOf,
  type EventType,
  orderCompleted,
  parseEnvelope,
  type PayloadOf,
  subscriptionActivated,
  subscriptionChanged,
} from '@atlas/event-contracts';
import { v7 } from 'uuid';

const examples = {
  'order.completed.v1': orderCompleted.versions['1.1'].example,
  'charge.succeeded.v1': chargeSucceeded.versions['1.0'].example,
  'charge.reversed.v1': chargeReversed.versions['1.0'].example,
  'charge.failed.v1': chargeFailed.versions['1.0'].example,
  'subscription.activated.v1': subscriptionActivated.versions['1.0'].example,
  'subscription.changed.v1': subscriptionChanged.versions['1.0'].example,
};

export interface About {
  readonly tenantId?: string;
  readonly timestamp?: string;
  readonly sequence?: number;
  readonly id?: string;
}

/** An event as a consumer gets it: the contract's example, with other values where they matter to the test. */
export function eventOf<K extends keyof typeof examples & EventKey>(
  key: K,
  payload: Partial<PayloadOf<K>> = {},
  { tenantId = 'tenant-1', timestamp = '2026-11-22T08:37:05.000Z', sequence = 1, id = v7() }: About = {},
): EventOf<K> {
  const [, type, major] = /^(.+)\.v(\d+)$/.exec(key) as unknown as [string, EventType, string];
  const ids = { tenant_id: tenantId, subject: 's', sequence, correlation_id: id, causation_id: id };
  const said = { ...examples[key], ...payload };
  const envelope = { id, event: type, version: `${major}.0`, timestamp, source: 'test', ...ids, payload: said };
  return parseEnvelope(JSON.stringify(envelope)).envelope as EventOf<K>;
}
