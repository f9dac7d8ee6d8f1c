import type { BareExpress } from './bare-express.ts';
import type { Target } from './open-loop.ts';
import { serviceTokens, setMode, type Shopper } from './shop.ts';

export type LaneName = 'bare' | 'read' | 'bare-order' | 'order' | 'monolith' | 'shadow' | 'direct' | 'proxied';

export interface Lane {
  readonly name: LaneName;
  /** What its row in the report is called. */
  readonly title: string;
  /** Brings the system into the state that the lane measures, and says what to send. */
  prepare(place: Place): Promise<Target[]>;
}

/** Where everything is. */
export interface Place {
  readonly env: Readonly<Record<string, string>>;
  readonly bare: BareExpress;
  readonly shoppers: readonly Shopper[];
}

const slice = 'feed';

function throughGateway(path: (shopper: Shopper) => string) {
  return ({ env, shoppers }: Place): Target[] =>
    shoppers.map((shopper) => ({ url: env['GATEWAY_URL'] + path(shopper), headers: { cookie: shopper.cookie } }));
}

function feedIn(mode: string) {
  return async (place: Place): Promise<Target[]> => {
    await setMode(place.env, slice, mode);
    return throughGateway(() => '/feed')(place);
  };
}

/** In the order in which a round runs them. */
export const lanes: readonly Lane[] = [
  {
    name: 'bare',
    title: 'bare Express, the JSON of GET /session',
    prepare: async ({ bare }) => [{ url: `${bare.url}/session`, headers: {} }],
  },
  {
    name: 'read',
    title: '**gateway**, GET /session: session, user, limits, flags',
    prepare: async (place) => throughGateway(() => '/session')(place),
  },
  {
    name: 'bare-order',
    title: 'bare Express, the JSON of an order',
    prepare: async ({ bare }) => [{ url: `${bare.url}/order`, headers: {} }],
  },
  {
    name: 'order',
    title: '**gateway**, GET /orders/:id: the same and the order, from PostgreSQL',
    prepare: async (place) => throughGateway(({ orderId }) => `/orders/${orderId}`)(place),
  },
  { name: 'monolith', title: '**gateway**, GET /feed, slice in `monolith`', prepare: feedIn('monolith') },
  { name: 'shadow', title: '**gateway**, GET /feed, slice in `shadow`', prepare: feedIn('shadow') },
  {
    name: 'direct',
    title: 'notification itself, GET /feed with an identity token',
    async prepare({ env, shoppers }) {
      const tokenFor = serviceTokens(env, 'notification');
      const targets = shoppers.map(async (shopper) => ({
        url: `${env['NOTIFICATION_URL']}/feed`,
        headers: { authorization: `Bearer ${await tokenFor(shopper)}` },
      }));
      return Promise.all(targets);
    },
  },
  { name: 'proxied', title: '**gateway**, GET /feed, slice in `service`', prepare: feedIn('service') },
];
