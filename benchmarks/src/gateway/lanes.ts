import type { BareExpress } from './bare-express.ts';
import type { Target } from './open-loop.ts';
import { serviceTokens, setMode, type Shopper } from './shop.ts';

export type LaneName =
  'bare' | 'read' | 'bare-list' | 'least-list' | 'list' | 'monolith' | 'shadow' | 'direct' | 'proxied';

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
  readonly floor: BareExpress;
  readonly shoppers: readonly Shopper[];
}

const slice = 'feed';

function throughGateway(path: string) {
  return ({ env, shoppers }: Place): Target[] =>
    shoppers.map((shopper) => ({ url: env['GATEWAY_URL'] + path, headers: { cookie: shopper.cookie } }));
}

function feedIn(mode: string) {
  return async (place: Place): Promise<Target[]> => {
    await setMode(place.env, slice, mode);
    return throughGateway('/feed')(place);
  };
}

/** In the order in which a round runs them. */
export const lanes: readonly Lane[] = [
  {
    name: 'bare',
    title: 'bare Express, the JSON of GET /flags',
    prepare: async ({ bare }) => [{ url: `${bare.url}/flags`, headers: {} }],
  },
  {
    name: 'read',
    title: '**gateway**, GET /flags: session, user, limits, flags',
    prepare: async (place) => throughGateway('/flags')(place),
  },
  {
    name: 'bare-list',
    title: 'bare Express, the JSON of GET /orders',
    prepare: async ({ bare }) => [{ url: `${bare.url}/orders`, headers: {} }],
  },
  {
    name: 'least-list',
    title: 'Express with the least that GET /orders asks of its stores: session, a count, user, orders',
    prepare: async ({ floor, shoppers }) =>
      shoppers.map(({ cookie }) => ({ url: `${floor.url}/orders`, headers: { cookie } })),
  },
  {
    name: 'list',
    title: '**gateway**, GET /orders: the same as GET /flags, and the orders from PostgreSQL',
    prepare: async (place) => throughGateway('/orders')(place),
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
