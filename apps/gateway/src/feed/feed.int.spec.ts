import { leakCheck } from '@atlas/testing';
import {
  draft,
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../test/gateway-kit.ts';
import { feedCursor, readFeedCursor } from './feed.cursor.ts';
import type { TenantId } from '../ids.domain.ts';

let kit: GatewayKit;
let gateway: RunningGateway;

beforeAll(async () => {
  kit = await openGatewayKit();
  gateway = await kit.start();
  const operator = await signInOperator(gateway);
  const body = { mode: 'monolith', reason: 'these tests are about its answer' };
  expect((await operator.send('PUT', '/operator/slices/feed', { body })).status).toBe(200);
});

afterAll(async () => {
  await gateway.stop();
  await kit.close();
});

type Tenant = Awaited<ReturnType<typeof signUp>>;

async function completedOrder({ client }: Tenant) {
  const { body } = await client.post(`/orders/${await placeOrder(client)}/complete`);
  return body as { order_id: string; event_id: string; completed_at: string };
}

async function everything({ client }: Tenant, limit: number): Promise<{ subject: string }[]> {
  const items: { subject: string }[] = [];
  let cursor: string | null = null;
  do {
    const { body } = await client.get(`/feed?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`);
    items.push(...body.items);
    cursor = body.next_cursor;
  } while (cursor !== null);
  return items;
}

describe('the feed of the monolith', () => {
  it('has completed orders and members, newest first, in the words of the notification service', async () => {
    const tenant = await signUp(gateway);
    const order = await completedOrder(tenant);
    await placeOrder(tenant.client);
    const { body } = await tenant.client.get('/feed');
    expect(body).toEqual({
      items: [
        {
          id: `${order.completed_at}#${order.event_id}`,
          event_id: order.event_id,
          type: 'order.completed',
          title: `Order ${order.order_id} completed: £25.45`,
          subject: order.order_id,
          occurred_at: order.completed_at,
          data: {
            order_id: order.order_id,
            total: '25.45',
            total_cents: 2545,
            currency: 'GBP',
            lines: 2,
            completed_at: order.completed_at,
          },
        },
        {
          id: expect.stringMatching(/^\d{4}-.*Z#/),
          event_id: tenant.userId,
          type: 'user.registered',
          title: 'Ada joined as owner',
          subject: tenant.userId,
          occurred_at: expect.any(String),
          data: { user_id: tenant.userId, user_name: 'Ada', role: 'owner' },
        },
      ],
      next_cursor: null,
    });
  });

  it('has an imported order on the day of its import', async () => {
    const tenant = await signUp(gateway);
    const first = await completedOrder(tenant);
    const operator = await signInOperator(gateway);
    const body = { ...draft, customer: '17850', email: 'buyer@example.com', completed_at: '2010-12-01T08:26:00Z' };
    const imported = await operator.post(`/operator/tenants/${tenant.tenantId}/orders`, { body });
    expect(imported.status).toBe(201);
    const { items } = (await tenant.client.get('/feed')).body;
    expect(items.map(({ subject }: { subject: string }) => subject)).toEqual([
      imported.body.order_id,
      first.order_id,
      tenant.userId,
    ]);
    expect(items[0].data.completed_at).toBe('2010-12-01T08:26:00.000Z');
    expect(items[0].occurred_at > first.completed_at).toBe(true);
  });

  it('is read page by page without a gap or a repetition', async () => {
    const tenant = await signUp(gateway);
    const orders = await Promise.all(Array.from({ length: 7 }, () => completedOrder(tenant)));
    const subjects = new Set([...orders.map(({ order_id }) => order_id), tenant.userId]);
    for (const limit of [1, 3, 8, 100]) {
      const read = (await everything(tenant, limit)).map(({ subject }) => subject);
      expect(read).toHaveLength(8);
      expect(new Set(read)).toEqual(subjects);
    }
  });

  it('is read on from a page of the service, whose events are a moment younger than the facts', async () => {
    const tenant = await signUp(gateway);
    const orders = [];
    for (let count = 0; count < 3; count += 1) orders.push(await completedOrder(tenant));
    const { body } = await tenant.client.get('/feed?limit=2');
    const tenantId = tenant.tenantId as TenantId;
    const position = readFeedCursor(tenantId, body.next_cursor);
    const ofService = feedCursor(tenantId, { ...position, at: new Date(position.at.getTime() + 25) });
    const rest = (await tenant.client.get(`/feed?cursor=${ofService}`)).body.items;
    expect(rest.map(({ subject }: { subject: string }) => subject)).toEqual([orders[0]!.order_id, tenant.userId]);
  });

  it('has nothing of another tenant, and takes no cursor of one', async () => {
    const [one, other] = [await signUp(gateway), await signUp(gateway)];
    await completedOrder(one);
    const { body } = await one.client.get('/feed?limit=1');
    expect((await other.client.get('/feed')).body.items).toHaveLength(1);
    const foreign = await other.client.get(`/feed?cursor=${body.next_cursor}`);
    expect(foreign).toMatchObject({ status: 400, body: { code: 'INVALID_CURSOR' } });
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'limit=1&limit=2', 'cursor=', 'cursor=hello', 'offset=3', 'cursor[a]=1'])(
    'refuses ?%s',
    async (query) => {
      const { client } = await signUp(gateway);
      expect((await client.get(`/feed?${query}`)).status).toBe(400);
    },
  );
});

leakCheck();
