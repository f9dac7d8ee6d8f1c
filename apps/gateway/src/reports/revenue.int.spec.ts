import { leakCheck } from '@atlas/testing';
import type { ApiClient } from '../../test/api-client.ts';
import {
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../test/gateway-kit.ts';
import { revenueFeature } from './revenue.feature.ts';

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

async function imported(tenantId: string, completed_at: string, unit_price: string, currency = 'EUR') {
  const body = {
    ...{ customer: '1', email: 'buyer@example.com', currency, completed_at },
    lines: [{ sku: 'A', qty: 1, unit_price }],
  };
  const response = await operator.post(`/operator/tenants/${tenantId}/orders`, { body });
  expect(response.status).toBe(201);
}

const row = (date: string, currency: string, gross_cents: number, orders: number, average_cents: number) => ({
  ...{ date, currency, gross_cents, orders, average_cents },
});

describe('the revenue', () => {
  it('is added up by day, week and month, and currency, by the date of completion in UTC', async () => {
    const { client, tenantId } = await signUp(gateway);
    // 2010-12-01 is a Wednesday, 2010-12-05 a Sunday.
    await imported(tenantId, '2010-12-01T00:00:00Z', '10.00');
    await imported(tenantId, '2010-12-01T23:59:59.999Z', '0.01');
    await imported(tenantId, '2010-12-02T00:30:00+01:00', '5.00', 'GBP');
    await imported(tenantId, '2010-12-05T12:00:00Z', '2.00');
    await imported(tenantId, '2010-12-06T12:00:00Z', '3.00');
    await imported(tenantId, '2011-01-01T00:00:00Z', '4.00');
    await placeOrder(client);

    const period = 'from=2010-12-01&to=2010-12-31';
    const revenue = async (query: string) => (await client.get(`/reports/revenue?${query}`)).body.items;
    expect(await revenue(period)).toEqual([
      row('2010-12-01', 'EUR', 1_001, 2, 501),
      row('2010-12-01', 'GBP', 500, 1, 500),
      row('2010-12-05', 'EUR', 200, 1, 200),
      row('2010-12-06', 'EUR', 300, 1, 300),
    ]);
    expect(await revenue(`${period}&interval=week&currency=EUR`)).toEqual([
      row('2010-11-29', 'EUR', 1_201, 3, 400),
      row('2010-12-06', 'EUR', 300, 1, 300),
    ]);
    expect(await revenue('from=2010-12-01&to=2011-01-01&interval=month&currency=EUR')).toEqual([
      row('2010-12-01', 'EUR', 1_501, 4, 375),
      row('2011-01-01', 'EUR', 400, 1, 400),
    ]);
  });

  it('comes in pages, with the totals of all of them', async () => {
    const { client, tenantId } = await signUp(gateway);
    await imported(tenantId, '2010-12-01T00:00:00Z', '10.00');
    await imported(tenantId, '2010-12-01T00:00:00Z', '5.00', 'GBP');
    await imported(tenantId, '2010-12-02T00:00:00Z', '0.01');
    const period = 'from=2010-12-01&to=2010-12-31';
    const first = (await client.get(`/reports/revenue?${period}&limit=2`)).body;
    const rest = (await client.get(`/reports/revenue?${period}&limit=2&cursor=${first.next_cursor}`)).body;
    expect([first.items.length, rest.items, rest.next_cursor]).toEqual([2, [row('2010-12-02', 'EUR', 1, 1, 1)], null]);
    const totals = [
      { currency: 'EUR', gross_cents: 1_001, orders: 2, average_cents: 501 },
      { currency: 'GBP', gross_cents: 500, orders: 1, average_cents: 500 },
    ];
    expect([first.totals, rest.totals]).toEqual([totals, totals]);
    const foreign = await client.get(`/reports/revenue?from=2010-12-02&to=2010-12-31&cursor=${first.next_cursor}`);
    expect(foreign).toMatchObject({ status: 400, body: { code: 'INVALID_CURSOR' } });
  });

  it('is that of the last 30 days, and of this very moment, unless something else is asked', async () => {
    const { client } = await signUp(gateway);
    await client.post(`/orders/${await placeOrder(client)}/complete`);
    const { status, headers, body } = await client.get('/reports/revenue');
    expect(status).toBe(200);
    expect(headers.get('atlas-slice')).toBe('reports; mode=monolith; by=monolith');
    expect(body.items).toEqual([row(expect.any(String) as unknown as string, 'GBP', 2_545, 1, 2_545)]);
    expect(Math.abs(Date.now() - Date.parse(body.as_of))).toBeLessThan(60_000);
  });

  it('is nobody else’s', async () => {
    const [one, other] = [await signUp(gateway), await signUp(gateway)];
    await imported(one.tenantId, '2010-12-01T00:00:00Z', '10.00');
    const { body } = await other.client.get('/reports/revenue?from=2010-12-01&to=2010-12-01');
    expect(body.items).toEqual([]);
    expect((await gateway.client().get('/reports/revenue')).status).toBe(401);
  });

  it('is refused when a JSON number would not hold it', async () => {
    const { client, tenantId } = await signUp(gateway);
    await imported(tenantId, '2010-12-01T00:00:00Z', '90071992547409.91');
    expect((await client.get('/reports/revenue?from=2010-12-01&to=2010-12-01')).status).toBe(200);
    await imported(tenantId, '2010-12-01T00:00:00Z', '0.01');
    const refused = await client.get('/reports/revenue?from=2010-12-01&to=2010-12-01');
    expect(refused).toMatchObject({ status: 422, body: { code: 'AMOUNT_TOO_LARGE' } });
  });

  it.each([
    'from=2026-02-30',
    'from=yesterday',
    'from=0001-01-01&to=0001-01-01',
    'to=0001-01-01',
    'from=2026-11-23&to=2026-11-22',
    'from=1970-01-01&to=2026-11-22',
    'to=2101-01-01',
    'to=9999-12-31',
    'from=9999-12-31&to=9999-12-31',
    'from=2016-11-22&to=2026-11-22',
    'from=2021-11-18&to=2026-11-22',
    'interval=year',
    'currency=EURO',
    'currency=EUR&currency=GBP',
    'from[]=2026-11-22',
    'tenant_id=1',
    'limit=0',
    'limit=5001',
    'format=csv',
  ])('is refused for ?%s', async (query) => {
    const { client } = await signUp(gateway);
    expect(await client.get(`/reports/revenue?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_QUERY' },
    });
  });

  it('is told for five years at most, and for days up to 2100', async () => {
    const { client, tenantId } = await signUp(gateway);
    await imported(tenantId, '2021-11-19T00:00:00Z', '10.00');
    const { body } = await client.get('/reports/revenue?from=2021-11-19&to=2026-11-22');
    expect(body.items).toHaveLength(1);
    for (const period of ['to=1970-01-05', 'from=2099-01-01&to=2100-12-31']) {
      expect((await client.get(`/reports/revenue?${period}`)).status).toBe(200);
    }
  });

  it('is as it was at an earlier moment when the comparison asks for that', async () => {
    const { client, tenantId, userId } = await signUp(gateway);
    await client.post(`/orders/${await placeOrder(client)}/complete`);
    const asOf = new Date();
    await imported(tenantId, '2026-11-01T00:00:00Z', '10.00');
    const feature = revenueFeature({ db: kit.db, clock: () => new Date() });
    const user = { tenantId, userId } as Parameters<typeof feature>[0]['user'];
    const items = async (at?: Date) => {
      const { body } = await feature({
        user,
        query: { from: '2026-10-01', to: '2030-01-01' },
        ...(at && { asOf: at }),
      });
      return (body as { items: unknown[] }).items.length;
    };
    expect([await items(asOf), await items()]).toEqual([1, 2]);
  });
});

leakCheck();
