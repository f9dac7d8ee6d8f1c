import { leakCheck } from '@atlas/testing';
import type { ApiClient } from '../../test/api-client.ts';
import {
  type GatewayKit,
  openGatewayKit,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../test/gateway-kit.ts';

let kit: GatewayKit;
let gateway: RunningGateway;
let operator: ApiClient;

beforeAll(async () => {
  kit = await openGatewayKit();
  gateway = await kit.start();
  operator = await signInOperator(gateway);
});

afterAll(async () => {
  await gateway.stop();
  await kit.close();
});

const line = {
  order_id: '536365',
  customer: '17850',
  email: 'buyer-17850@example.com',
  currency: 'GBP',
  completed_at: '2010-12-01T08:26:00Z',
  lines: [
    { sku: '85123A', qty: 6, unit_price: '2.55' },
    { sku: '71053', qty: 6, unit_price: 3.39 },
    { sku: 'gift', qty: 1, unit_price: '0' },
  ],
};

describe('an import by the operator', () => {
  it('is a completed order of the tenant, at its business date, with one event', async () => {
    const { client, tenantId } = await signUp(gateway);
    const imported = await operator.post(`/operator/tenants/${tenantId}/orders`, { body: line });
    expect(imported).toMatchObject({
      status: 201,
      body: {
        result: 'imported',
        tenant_id: tenantId,
        external_reference: '536365',
        customer: '17850',
        status: 'completed',
        total: '35.64',
        total_cents: 3564,
        completed_at: '2010-12-01T08:26:00.000Z',
      },
    });
    const { order_id, event_id } = imported.body;
    expect((await client.get(`/orders/${order_id}`)).body).toMatchObject({ event_id, external_reference: '536365' });
    const [event, ...others] = await eventsOf(order_id);
    expect(others).toEqual([]);
    const { user } = (await operator.get('/session')).body;
    expect(event).toMatchObject({
      id: event_id,
      event: 'order.completed',
      tenant_id: tenantId,
      sequence: 2,
      payload: {
        user_id: user.user_id,
        user_email: 'buyer-17850@example.com',
        completed_at: '2010-12-01T08:26:00.000Z',
        total: '35.64',
      },
    });
    expect(event!['payload']).not.toHaveProperty('customer');
    expect(Date.parse(event!['timestamp'] as string)).toBeGreaterThan(Date.now() - 60_000);
  });

  it('of a known reference says so, with the first one’s order and event', async () => {
    const { client, tenantId } = await signUp(gateway);
    const path = `/operator/tenants/${tenantId}/orders`;
    const first = await operator.post(path, { body: line });
    const second = await operator.post(path, { body: { ...line, email: 'Buyer-17850@example.com' } });
    expect(second).toMatchObject({ status: 200, body: { ...first.body, result: 'already_imported' } });
    expect((await client.get('/orders')).body.items).toHaveLength(1);
    expect(await eventsOf(first.body.order_id)).toHaveLength(1);
  });

  it('of a known reference with other content is refused', async () => {
    const { tenantId } = await signUp(gateway);
    const path = `/operator/tenants/${tenantId}/orders`;
    const first = await operator.post(path, { body: line });
    const other = await operator.post(path, { body: { ...line, customer: '17851' } });
    expect(other).toMatchObject({
      status: 409,
      body: {
        code: 'EXTERNAL_REFERENCE_CONFLICT',
        external_reference: '536365',
        order_id: first.body.order_id,
        detail: expect.stringContaining('"536365"'),
      },
    });
  });

  it('sent 10 times at once happens once', async () => {
    const { client, tenantId } = await signUp(gateway);
    const send = () => operator.post(`/operator/tenants/${tenantId}/orders`, { body: line });
    const responses = await Promise.all(Array.from({ length: 10 }, send));
    const results = responses.map(({ body }) => body.result).sort();
    expect(results).toEqual([...Array.from({ length: 9 }, () => 'already_imported'), 'imported']);
    expect(new Set(responses.map(({ body }) => body.event_id)).size).toBe(1);
    expect((await client.get('/orders')).body.items).toHaveLength(1);
  });

  it('may use the same reference in another tenant, and none at all', async () => {
    const [ada, bob] = [await signUp(gateway), await signUp(gateway)];
    const { order_id: _none, ...anonymous } = line;
    const results: string[] = [];
    for (const [tenantId, body] of [
      [ada.tenantId, line],
      [bob.tenantId, line],
      [ada.tenantId, anonymous],
      [ada.tenantId, anonymous],
    ] as const) {
      results.push((await operator.post(`/operator/tenants/${tenantId}/orders`, { body })).body.result);
    }
    expect(results).toEqual(['imported', 'imported', 'imported', 'imported']);
    expect((await ada.client.get('/orders')).body.items).toHaveLength(3);
  });

  it('without a date is completed now', async () => {
    const { tenantId } = await signUp(gateway);
    const { completed_at: _past, ...undated } = line;
    const { body } = await operator.post(`/operator/tenants/${tenantId}/orders`, { body: undated });
    expect(Math.abs(Date.parse(body.completed_at) - Date.now())).toBeLessThan(60_000);
  });

  it('takes an order as large as imports may be', async () => {
    const { tenantId } = await signUp(gateway);
    const lines = Array.from({ length: 1000 }, (_, index) => ({
      sku: `SKU ${index} ${'x'.repeat(50)}`,
      qty: 1,
      unit_price: '9.99',
    }));
    const response = await operator.post(`/operator/tenants/${tenantId}/orders`, { body: { ...line, lines } });
    expect(response).toMatchObject({ status: 201, body: { total_cents: 999_000 } });
  });

  it('is refused when its event would not fit a message, and leaves nothing behind', async () => {
    const { client, tenantId } = await signUp(gateway);
    // Emoji are two UTF-16 units in a SKU and twelve bytes on the wire, where SQS wants them escaped.
    const lines = Array.from({ length: 1000 }, () => ({ sku: '\u{1F4E6}'.repeat(32), qty: 1, unit_price: '1' }));
    const response = await operator.post(`/operator/tenants/${tenantId}/orders`, { body: { ...line, lines } });
    expect(response).toMatchObject({ status: 413, body: { code: 'EVENT_TOO_LARGE' } });
    expect((await client.get('/orders')).body.items).toEqual([]);
  });

  it('says what is wrong with a line, in words', async () => {
    const { tenantId } = await signUp(gateway);
    const lines = [...line.lines, { sku: 'C536379', qty: -1, unit_price: '27.50' }];
    const response = await operator.post(`/operator/tenants/${tenantId}/orders`, {
      body: { ...line, customer: null, lines },
    });
    expect(response).toMatchObject({ status: 400, body: { code: 'INVALID_BODY' } });
    expect(response.body.errors).toEqual([
      { path: 'customer', message: 'required' },
      { path: 'lines[3].qty', message: 'must be a positive whole number' },
    ]);
  });

  it.each([
    ['a tenant that does not exist', () => crypto.randomUUID(), 404],
    ['a tenant that is no id', () => 'none', 400],
    ['the operations tenant', async () => (await operator.get('/session')).body.tenant.tenant_id as string, 404],
  ])('into %s is refused', async (_name, tenantId, status) => {
    const response = await operator.post(`/operator/tenants/${await tenantId()}/orders`, { body: line });
    expect(response.status).toBe(status);
  });

  it('larger than 1 MB is refused', async () => {
    const { tenantId } = await signUp(gateway);
    const body = { ...line, customer: 'x'.repeat(1_100_000) };
    expect(await operator.post(`/operator/tenants/${tenantId}/orders`, { body })).toMatchObject({ status: 413 });
  });

  it('by a customer is refused', async () => {
    const { client, tenantId } = await signUp(gateway);
    expect(await client.post(`/operator/tenants/${tenantId}/orders`, { body: line })).toMatchObject({ status: 403 });
  });

  it('repeated with its Idempotency-Key gets the first answer', async () => {
    const { tenantId } = await signUp(gateway);
    const send = () => operator.post(`/operator/tenants/${tenantId}/orders`, { body: line, key: tenantId });
    const [first, second] = [await send(), await send()];
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect(second.headers.get('idempotent-replayed')).toBe('true');
  });

  it('has a rate limit of its own', async () => {
    const slow = await kit.start({ config: { IMPORT_RATE_PER_SECOND: 2 } });
    const { client, tenantId } = await signUp(slow);
    const hasty = slow.client();
    hasty.cookie = operator.cookie;
    const send = () => hasty.post(`/operator/tenants/${tenantId}/orders`, { body: { ...line, order_id: undefined } });
    const responses = await Promise.all(Array.from({ length: 10 }, send));
    const refused = responses.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]).toMatchObject({ body: { code: 'TOO_MANY_REQUESTS' } });
    expect(refused[0]!.headers.get('retry-after')).toBe('1');
    expect((await client.get('/orders')).status).toBe(200);
    await slow.stop();
  });
});

async function eventsOf(subject: string): Promise<Record<string, unknown>[]> {
  const rows = await kit.db
    .withTables<{ outbox: { envelope: string; subject: string } }>()
    .selectFrom('outbox')
    .select('envelope')
    .where('subject', '=', subject)
    .execute();
  return rows.map((row) => JSON.parse(row.envelope) as Record<string, unknown>);
}

leakCheck();
