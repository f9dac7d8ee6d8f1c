import { eventually, leakCheck } from '@atlas/testing';
import { sql } from 'kysely';
import {
  draft,
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signUp,
} from '../../test/gateway-kit.ts';

let kit: GatewayKit;
let gateway: RunningGateway;

beforeAll(async () => {
  kit = await openGatewayKit();
  gateway = await kit.start();
});

afterAll(async () => {
  await gateway.stop();
  await kit.close();
});

const uuid = expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('an order over HTTP', () => {
  it('is placed as a draft with exact money', async () => {
    const { client } = await signUp(gateway);
    const response = await client.post('/orders', { body: draft });
    expect(response).toMatchObject({ status: 201 });
    expect(response.body).toEqual({
      order_id: uuid,
      status: 'draft',
      currency: 'GBP',
      total: '25.45',
      total_cents: 2545,
      created_at: instant,
      completed_at: null,
      event_id: null,
      external_reference: null,
      customer: null,
      lines: [
        { sku: '85123A', qty: 6, unit_price: '2.55', unit_price_cents: 255 },
        { sku: '71053', qty: 1, unit_price: '10.15', unit_price_cents: 1015 },
      ],
    });
    expect((await client.get(`/orders/${response.body.order_id}`)).body).toEqual(response.body);
  });

  it.each([
    ['JPY', '1250', 7500],
    ['KWD', '1.005', 6030],
    ['EUR', '0', 0],
  ])('in %s at %s is exact', async (currency, unit_price, total_cents) => {
    const { client } = await signUp(gateway);
    const lines = [{ sku: 'A', qty: 6, unit_price }];
    expect((await client.post('/orders', { body: { currency, lines } })).body).toMatchObject({ total_cents });
  });

  it('of more of one thing than anybody orders is refused, free of charge or not', async () => {
    const { client } = await signUp(gateway);
    const lines = [{ sku: 'A', qty: Number.MAX_SAFE_INTEGER, unit_price: '0' }];
    expect(await client.post('/orders', { body: { currency: 'EUR', lines } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'lines[0].qty', message: 'must be at most 1,000,000,000' }] },
    });
  });

  it('that could never be completed, because its event would not fit a message, is not placed', async () => {
    const { client } = await signUp(gateway);
    // Four bytes each here, twelve on the wire, where SQS wants them escaped.
    const lines = Array.from({ length: 620 }, () => ({ sku: '\u{1F4E6}'.repeat(32), qty: 1, unit_price: '1' }));
    const response = await client.post('/orders', { body: { currency: 'GBP', lines } });
    expect(response).toMatchObject({ status: 413, body: { code: 'EVENT_TOO_LARGE' } });
    expect((await client.get('/orders')).body.items).toEqual([]);
  });

  it('is completed once, and its event reaches the queue as the contract says', async () => {
    const { client, tenantId, userId, email } = await signUp(gateway);
    const orderId = await placeOrder(client);
    const completed = await client.post(`/orders/${orderId}/complete`, {
      headers: { 'x-correlation-id': 'my-correlation' },
    });
    expect(completed).toMatchObject({
      status: 200,
      body: { status: 'completed', completed_at: instant, event_id: uuid },
    });
    const event = await eventually(async () => {
      const bodies = await kit.receive('order');
      return bodies.find((body) => body['subject'] === orderId) ?? false;
    });
    expect(event).toEqual({
      id: completed.body.event_id,
      event: 'order.completed',
      version: '1.1',
      timestamp: instant,
      source: 'gateway',
      tenant_id: tenantId,
      subject: orderId,
      sequence: 2,
      correlation_id: 'my-correlation',
      causation_id: completed.headers.get('x-request-id'),
      payload: {
        order_id: orderId,
        user_id: userId,
        user_email: email,
        completed_at: completed.body.completed_at,
        total: '25.45',
        total_cents: 2545,
        currency: 'GBP',
        line_items: [
          { sku: '85123A', qty: 6, unit_price_cents: 255 },
          { sku: '71053', qty: 1, unit_price_cents: 1015 },
        ],
      },
    });
    const again = await client.post(`/orders/${orderId}/complete`);
    expect(again).toMatchObject({
      status: 409,
      body: { code: 'ORDER_ALREADY_COMPLETED', state: 'completed', completed_at: completed.body.completed_at },
    });
  });

  it('is completed by exactly one of 20 requests at once', async () => {
    const { client } = await signUp(gateway);
    const orderId = await placeOrder(client);
    const responses = await Promise.all(Array.from({ length: 20 }, () => client.post(`/orders/${orderId}/complete`)));
    const statuses = responses.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
    for (const { status, body } of responses) {
      if (status === 409) expect(body).toMatchObject({ code: 'ORDER_ALREADY_COMPLETED', state: 'completed' });
    }
    expect(await eventsOf(orderId)).toHaveLength(1);
  });

  it('is completed by one of two that both saw the draft', async () => {
    const { client } = await signUp(gateway);
    const orderId = await placeOrder(client);
    const hold = Promise.withResolvers<void>();
    const slow = await kit.start({
      probe: async (step) => {
        if (step === 'orders.before-commit') await hold.promise;
      },
    });
    const other = slow.client();
    other.cookie = client.cookie;
    const first = other.post(`/orders/${orderId}/complete`);
    await eventually(() => transactions('idle in transaction'));
    const second = client.post(`/orders/${orderId}/complete`);
    await eventually(() => transactions('active', 'Lock'));
    hold.resolve();
    expect(await first).toMatchObject({ status: 200 });
    expect(await second).toMatchObject({ status: 409, body: { code: 'ORDER_ALREADY_COMPLETED', state: 'completed' } });
    expect(await eventsOf(orderId)).toHaveLength(1);
    await slow.stop();
  });

  it('leaves neither fact nor event when its transaction does not commit', async () => {
    const { client } = await signUp(gateway);
    const orderId = await placeOrder(client);
    const dying = await kit.start({
      probe: (step) => {
        if (step === 'orders.before-commit') throw new Error('died before the commit');
      },
    });
    // A 500 is not described: it is a defect, and here the death of the process.
    const other = dying.client({ described: false });
    other.cookie = client.cookie;
    expect(await other.post(`/orders/${orderId}/complete`, { key: 'k' })).toMatchObject({ status: 500 });
    await dying.stop();
    expect((await client.get(`/orders/${orderId}`)).body).toMatchObject({ status: 'draft', event_id: null });
    expect(await eventsOf(orderId)).toHaveLength(0);
    const retried = await client.post(`/orders/${orderId}/complete`, { key: 'k' });
    expect(retried.status).toBe(200);
    expect(retried.headers.get('idempotent-replayed')).toBeNull();
    expect((await client.get(`/orders/${orderId}`)).body).toMatchObject({ status: 'completed' });
    expect(await eventsOf(orderId)).toHaveLength(1);
  });

  it('keeps fact, event and answer when the process dies right after the commit', async () => {
    const { client } = await signUp(gateway);
    const orderId = await placeOrder(client);
    const dying = await kit.start({
      probe: (step) => {
        if (step === 'orders.after-commit') throw new Error('died after the commit');
      },
    });
    // A 500 is not described: it is a defect, and here the death of the process.
    const other = dying.client({ described: false });
    other.cookie = client.cookie;
    expect(await other.post(`/orders/${orderId}/complete`, { key: 'k' })).toMatchObject({ status: 500 });
    await dying.stop();
    const retried = await client.post(`/orders/${orderId}/complete`, { key: 'k' });
    expect(retried).toMatchObject({ status: 200, body: { status: 'completed', order_id: orderId } });
    expect(retried.headers.get('idempotent-replayed')).toBe('true');
    expect(await eventsOf(orderId)).toHaveLength(1);
  });
});

describe('the list of orders', () => {
  it('is walked by cursor, newest first, each order once, while new ones arrive', async () => {
    const { client } = await signUp(gateway);
    const placed: string[] = [];
    for (let count = 0; count < 7; count += 1) placed.push(await placeOrder(client));
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '?limit=3' : `?limit=3&cursor=${cursor}`;
      const page = await client.get(`/orders${query}`);
      expect(page.status).toBe(200);
      seen.push(...page.body.items.map((item: { order_id: string }) => item.order_id));
      cursor = page.body.next_cursor;
      await placeOrder(client);
    } while (cursor !== null);
    expect(seen).toEqual(placed.toReversed());
  });

  it('has no next page when the last one is just full', async () => {
    const { client } = await signUp(gateway);
    await placeOrder(client);
    expect((await client.get('/orders?limit=1')).body).toMatchObject({
      items: [{ status: 'draft' }],
      next_cursor: null,
    });
    expect((await (await signUp(gateway)).client.get('/orders')).body).toEqual({ items: [], next_cursor: null });
  });

  it.each(['nonsense', '%00', 'bnVsbA', '../..', 'a'.repeat(300)])('refuses the cursor %j', async (cursor) => {
    const { client } = await signUp(gateway);
    expect(await client.get(`/orders?cursor=${cursor}`)).toMatchObject({ status: 400 });
  });

  it('refuses a cursor of another tenant', async () => {
    const { client } = await signUp(gateway);
    await placeOrder(client);
    await placeOrder(client);
    const { next_cursor } = (await client.get('/orders?limit=1')).body;
    const stranger = await signUp(gateway);
    expect(await stranger.client.get(`/orders?cursor=${next_cursor}`)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_CURSOR' },
    });
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'limit=1&limit=2', 'offset=3'])('refuses ?%s', async (query) => {
    const { client } = await signUp(gateway);
    expect(await client.get(`/orders?${query}`)).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
  });
});

/** Whether a transaction in this database is in that state, and waits for that kind of thing. */
async function transactions(state: string, waitsFor?: string): Promise<boolean> {
  const { rows } = await sql<{ wait_event_type: string | null }>`
    SELECT wait_event_type FROM pg_stat_activity WHERE datname = current_database() AND state = ${state}
  `.execute(kit.db);
  return rows.some((row) => waitsFor === undefined || row.wait_event_type === waitsFor);
}

async function eventsOf(subject: string): Promise<{ id: string }[]> {
  // The outbox is the messaging library's table: the gateway's own types do not know it.
  const rows = await kit.db
    .withTables<{ outbox: { id: string; subject: string } }>()
    .selectFrom('outbox')
    .select('id')
    .where('subject', '=', subject)
    .execute();
  return rows;
}

leakCheck();
