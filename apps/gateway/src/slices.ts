import type { Db, Role } from './database.ts';
import { usualThresholds } from './edge/strangler/rollback.domain.ts';
import type { Slice } from './edge/strangler/slice.ts';
import { feedFeature } from './feed/feed.feature.ts';
import { revenueFeature } from './reports/revenue.feature.ts';

/** Where the services are; undefined while one does not exist. */
export interface ServiceUrls {
  readonly notification: string;
  readonly reporting: string | undefined;
  readonly billing: string | undefined;
  readonly subscription: string | undefined;
}

const readOnly = ['GET', 'HEAD'];
const people: readonly Role[] = ['owner', 'member'];
const everybody: readonly Role[] = [...people, 'operator'];

/**
 * The parts of the API that have moved from the monolith to a service, are moving, or will: one entry each. To move
 * another one, add it here, keep its feature as the monolith's answer, and change its mode while both run (docs/strangler.md).
 */
export function createSlices({ db, clock, urls }: { db: Db; clock: () => Date; urls: ServiceUrls }): readonly Slice[] {
  return [
    {
      name: 'feed',
      routes: ['/feed'],
      monolith: { 'GET /feed': feedFeature({ db }) },
      service: { name: 'notification', url: urls.notification },
      safeMethods: readOnly,
      initialMode: 'service',
      compare: {
        ignore: [
          // The event is made a moment after its fact, and the monolith only knows the fact. A cursor holds both.
          '$.items[*].occurred_at',
          '$.items[*].id',
          '$.next_cursor',
          // Which event told of a user was never stored.
          "$.items[?@.type == 'user.registered'].event_id",
        ],
        // Two orders of the same moment: the service sorts them by their events.
        unordered: { '$.items': 'subject' },
        show: ['$.items[*].type', '$.items[*].subject', '$.items[*].event_id', '$.items[*].data.currency'],
      },
      rollback: usualThresholds,
    },
    {
      name: 'reports',
      routes: ['/reports/revenue'],
      monolith: { 'GET /reports/revenue': revenueFeature({ db, clock }) },
      service: { name: 'reporting', url: urls.reporting },
      safeMethods: readOnly,
      initialMode: urls.reporting === undefined ? 'monolith' : 'service',
      compare: {
        // How far each of them is, and a cursor names the service's build.
        ignore: ['$.as_of', '$.lag_seconds', '$.next_cursor'],
        asOf: '$.as_of',
        show: ['$.items[*].date', '$.items[*].currency', '$.items[*].orders', '$.totals[*].currency'],
      },
      rollback: usualThresholds,
    },
    // Behind the one above, which has the first say on its own path.
    { ...ofService('report-views', '/reports', everybody, { name: 'reporting', url: urls.reporting }), pages: true },
    {
      ...ofService('report-operations', '/operator/reports', ['operator'], { name: 'reporting', url: urls.reporting }),
      pages: true,
    },
    ofService('webhooks', '/webhooks', people, { name: 'notification', url: urls.notification }),
    ofService('billing', '/billing', people, { name: 'billing', url: urls.billing }),
    ofService('subscriptions', '/subscriptions', people, { name: 'subscription', url: urls.subscription }),
    ofService('billing-operations', '/operator/billing', ['operator'], { name: 'billing', url: urls.billing }),
    ofService('subscription-operations', '/operator/subscriptions', ['operator'], {
      name: 'subscription',
      url: urls.subscription,
    }),
  ];
}

/** A part of the API that the monolith never had. */
function ofService(name: string, route: string, roles: readonly Role[], service: Slice['service']): Slice {
  return {
    ...{ name, routes: [route], roles, service },
    ...{ safeMethods: readOnly, initialMode: 'service', rollback: usualThresholds },
  };
}
