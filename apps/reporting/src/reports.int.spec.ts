import { leakCheck, routesOf, type ServiceClient } from '@atlas/testing';
import { type About, eventOf } from '../test/events.ts';
import { newTenant, openReportingKit, type ReportingKit, type Service } from '../test/reporting-kit.ts';

let kit: ReportingKit;
let service: Service;

beforeAll(async () => {
  kit = await openReportingKit();
  service = await kit.start();
});

afterAll(async () => {
  await service.stop();
  await kit.close();
});

const order = (tenantId: string, completed_at: string, total_cents: number, currency = 'EUR', sku = 'A') =>
  eventOf(
    'order.completed.v1',
    { completed_at, total_cents, currency, line_items: [{ sku, qty: 2, unit_price_cents: total_cents / 2 }] },
    { tenantId },
  );
const december = 'from=2010-12-01&to=2010-12-31';
const row = (date: string, currency: string, gross_cents: number, orders: number, average_cents: number) => ({
  ...{ date, currency, gross_cents, orders, average_cents },
});

/** Orders of December 2010, some told twice; Wednesday the 1st, Sunday the 5th. */
async function givenOrders(tenantId: string): Promise<void> {
  const orders = [
    order(tenantId, '2010-12-01T00:00:00Z', 1_000),
    order(tenantId, '2010-12-01T23:59:59.999Z', 2, 'EUR', 'B'),
    order(tenantId, '2010-12-01T23:30:00Z', 500, 'GBP'),
    order(tenantId, '2010-12-05T12:00:00Z', 200),
    order(tenantId, '2010-12-06T12:00:00Z', 300, 'EUR', '=cmd'),
    order(tenantId, '2011-01-01T00:00:00Z', 400),
  ];
  await kit.count(...orders, ...orders.slice(0, 3));
}

describe('the revenue', () => {
  let tenant: string;
  let ask: ServiceClient;
  beforeAll(async () => {
    tenant = newTenant();
    ask = service.as(tenant, 'member');
    await givenOrders(tenant);
  });
  const revenue = async (query: string) => (await ask('GET', `/reports/revenue?${query}`)).body;

  it('is added up by day, week and month, and currency, each order once', async () => {
    expect((await revenue(december)).items).toEqual([
      row('2010-12-01', 'EUR', 1_002, 2, 501),
      row('2010-12-01', 'GBP', 500, 1, 500),
      row('2010-12-05', 'EUR', 200, 1, 200),
      row('2010-12-06', 'EUR', 300, 1, 300),
    ]);
    expect((await revenue(`${december}&interval=week&currency=EUR`)).items).toEqual([
      row('2010-11-29', 'EUR', 1_202, 3, 401),
      row('2010-12-06', 'EUR', 300, 1, 300),
    ]);
    expect((await revenue('from=2010-12-01&to=2011-01-01&interval=month&currency=EUR')).items).toEqual([
      row('2010-12-01', 'EUR', 1_502, 4, 376),
      row('2011-01-01', 'EUR', 400, 1, 400),
    ]);
  });

  it('has totals, and says how far it is', async () => {
    const { status, headers, body } = await ask('GET', `/reports/revenue?${december}`);
    expect(status).toBe(200);
    expect(body.totals).toEqual([
      { currency: 'EUR', gross_cents: 1_502, orders: 4, average_cents: 376 },
      { currency: 'GBP', gross_cents: 500, orders: 1, average_cents: 500 },
    ]);
    expect(body).toMatchObject({
      next_cursor: null,
      as_of: '2026-11-22T08:37:05.000Z',
      lag_seconds: expect.any(Number),
    });
    expect(headers.get('atlas-as-of')).toBe(body.as_of);
    expect(headers.get('atlas-lag-seconds')).toBe(String(body.lag_seconds));
    expect(headers.get('vary')).toMatch(/accept/i);
  });

  it('has a head without a body, for who only wants to know how far it is', async () => {
    const { status, headers, body } = await ask('HEAD', `/reports/revenue?${december}&format=csv`);
    expect([status, body, headers.get('atlas-as-of')]).toEqual([200, '', '2026-11-22T08:37:05.000Z']);
  });

  it('comes in pages of the same totals', async () => {
    const pages = [];
    for (let cursor: string | null = ''; cursor !== null && pages.length < 9;) {
      const page = await revenue(`${december}&limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      pages.push(page);
      cursor = page.next_cursor;
    }
    const whole = await revenue(december);
    expect(pages.map(({ items }) => items.length)).toEqual([3, 1]);
    expect(pages.flatMap(({ items }) => items)).toEqual(whole.items);
    for (const { totals } of pages) expect(totals).toEqual(whole.totals);
  });

  it('is not sent again to who has it, and is when something has changed', async () => {
    const own = newTenant();
    const asked = service.as(own);
    const path = `/reports/revenue?${december}`;
    await kit.count(order(own, '2010-12-01T00:00:00Z', 1_000));
    const first = await asked('GET', path);
    const etag = first.headers.get('etag')!;
    expect(etag).toMatch(/^W\/"/);
    const conditional = { headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } };
    const again = await asked('GET', path, conditional);
    expect([again.status, again.body]).toEqual([304, '']);
    expect(again.headers.get('atlas-as-of')).not.toBeNull();
    await kit.count(order(newTenant(), '2010-12-01T00:00:00Z', 1_000));
    expect((await asked('GET', path, conditional)).status).toBe(304);
    await kit.count(order(own, '2010-12-01T00:00:00Z', 2));
    expect((await asked('GET', path, conditional)).body.items[0].gross_cents).toBe(1_002);
    expect((await asked('GET', `${path}&format=csv`, conditional)).status).toBe(200);
  });

  it('is CSV for who asks for that, by the query or by the header', async () => {
    const csv = 'date,currency,gross_cents,orders,average_cents\r\n2010-12-01,GBP,500,1,500\r\n';
    const byQuery = await ask('GET', `/reports/revenue?${december}&currency=GBP&format=csv`);
    const byHeader = await ask('GET', `/reports/revenue?${december}&currency=GBP`, { headers: { accept: 'text/csv' } });
    for (const { headers, body } of [byQuery, byHeader]) {
      expect(body).toBe(csv);
      expect(headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
      expect(headers.get('content-disposition')).toBe('attachment; filename=revenue-2010-12-01-2010-12-31.csv');
    }
    const json = await ask('GET', `/reports/revenue?${december}`, { headers: { accept: 'text/csv;q=0.5, */*' } });
    expect(json.headers.get('content-type')).toMatch('application/json');
    const page = await ask('GET', `/reports/revenue?${december}&limit=1&format=csv`);
    const [, next] = /^<(\/reports\/revenue\?[^>]+)>; rel="next"$/.exec(page.headers.get('link')!)!;
    expect((await ask('GET', next!)).body.split('\r\n')[1]).toBe('2010-12-01,GBP,500,1,500');
  });

  it('is refused when a JSON number would not hold it', async () => {
    const own = newTenant();
    await kit.count(
      order(own, '2012-01-01T00:00:00Z', Number.MAX_SAFE_INTEGER - 1),
      order(own, '2012-01-01T00:00:00Z', 2),
    );
    const refused = await service.as(own)('GET', `/reports/revenue?from=2012-01-01&to=2012-01-01`);
    expect(refused).toMatchObject({ status: 422, body: { code: 'AMOUNT_TOO_LARGE' } });
    expect(refused.body.detail).toMatch(/Ask for less at a time\.$/);
    const all = await service.as(own, 'operator')('GET', `/operator/reports/revenue?from=2012-01-01&to=2012-01-01`);
    expect(all).toMatchObject({ status: 422, body: { code: 'AMOUNT_TOO_LARGE' } });
    expect(all.body.detail).toMatch(/Ask for one currency or one workspace\.$/);
  });

  it('is nobody else’s, and an operator’s to see: of one workspace, and of all together', async () => {
    const other = newTenant();
    const operator = service.as(other, 'operator');
    expect((await service.as(other)('GET', `/reports/revenue?${december}`)).body.items).toEqual([]);
    const [own, all] = [`tenant_id=${tenant}&`, ''].map((who) => `/operator/reports/revenue?${who}${december}`);
    expect((await operator('GET', own!)).body.items).toEqual((await revenue(december)).items);
    const nobodys = await operator('GET', `/operator/reports/revenue?tenant_id=${newTenant()}&${december}`);
    expect([nobodys.status, nobodys.body.items]).toEqual([200, []]);
    const everybody = (await operator('GET', all!)).body.totals[0];
    expect(everybody.gross_cents).toBeGreaterThan(1_502);
    for (const role of ['owner', 'member'] as const) {
      expect(await service.as(tenant, role)('GET', own!)).toMatchObject({
        status: 403,
        body: { code: 'OPERATOR_REQUIRED' },
      });
    }
  });
});

it('ranks SKUs within their currency, over the pages', async () => {
  const tenant = newTenant();
  await givenOrders(tenant);
  const ask = service.as(tenant);
  const sold = (rank: number, sku: string, currency: string, gross_cents: number, orders: number) => ({
    ...{ rank, sku, currency, gross_cents, quantity: 2 * orders, orders },
  });
  const { body } = await ask('GET', `/reports/skus?${december}`);
  expect(body.items).toEqual([
    sold(1, 'A', 'EUR', 1_200, 2),
    sold(1, 'A', 'GBP', 500, 1),
    sold(2, '=cmd', 'EUR', 300, 1),
    sold(3, 'B', 'EUR', 2, 1),
  ]);
  expect(body.totals).toEqual([
    { currency: 'EUR', skus: 3, gross_cents: 1_502, quantity: 8 },
    { currency: 'GBP', skus: 1, gross_cents: 500, quantity: 2 },
  ]);
  const first = (await ask('GET', `/reports/skus?${december}&by=quantity&limit=3`)).body;
  const rest = (await ask('GET', `/reports/skus?${december}&by=quantity&cursor=${first.next_cursor}`)).body;
  expect([...first.items, ...rest.items].map(({ sku }) => sku)).toEqual(['A', 'A', '=cmd', 'B']);
  const csv = (await ask('GET', `/reports/skus?${december}&currency=EUR&format=csv`)).body;
  expect(csv.split('\r\n')[2]).toBe("2,'=cmd,EUR,300,2,1");
  const operator = service.as(newTenant(), 'operator');
  expect((await operator('GET', `/operator/reports/skus?${december}&tenant_id=${tenant}`)).body.items).toHaveLength(4);
});

it('tells charges and reversals apart by their days', async () => {
  const tenantId = newTenant();
  await kit.count(
    eventOf('charge.succeeded.v1', { charged_at: '2010-12-01T08:00:00Z' }, { tenantId }),
    eventOf('charge.succeeded.v1', { charged_at: '2010-12-01T09:00:00Z', amount_cents: 1_900 }, { tenantId }),
    eventOf('charge.reversed.v1', { reversed_at: '2010-12-02T00:00:00Z' }, { tenantId }),
  );
  const { body } = await service.as(tenantId)('GET', `/reports/charges?${december}`);
  const nothing = { charged_cents: 0, charges: 0, reversed_cents: 0, reversals: 0 };
  expect(body.items).toEqual([
    { ...nothing, date: '2010-12-01', currency: 'EUR', charged_cents: 6_800, charges: 2, net_cents: 6_800 },
    { ...nothing, date: '2010-12-02', currency: 'EUR', reversed_cents: 4_900, reversals: 1, net_cents: -4_900 },
  ]);
  expect(body.totals).toMatchObject([{ charged_cents: 6_800, reversed_cents: 4_900, net_cents: 1_900 }]);
});

it('carries what is active over the days on which nothing happens', async () => {
  const tenantId = newTenant();
  const on = (timestamp: string, sequence = 1): About => ({ tenantId, timestamp, sequence });
  const gone = { status: 'cancelled', to_plan_id: null, from_price_cents: 4_900, to_price_cents: 0 } as const;
  await kit.count(
    eventOf('subscription.changed.v1', gone, on('2026-11-04T00:00:00Z', 2)),
    eventOf('subscription.activated.v1', { interval: 'year', price_cents: 10_000 }, on('2026-11-02T08:00:00Z')),
    eventOf('subscription.activated.v1', {}, on('2026-10-01T08:00:00Z')),
  );
  const { body } = await service.as(tenantId)('GET', '/reports/subscriptions?from=2026-11-01&to=2026-11-05');
  const quiet = { currency: 'EUR', new: 0, cancelled: 0, ended: 0 };
  expect(body.items).toEqual([
    { ...quiet, date: '2026-11-01', active: 1, mrr_cents: 4_900 },
    { ...quiet, date: '2026-11-02', active: 2, new: 1, mrr_cents: 5_733 },
    { ...quiet, date: '2026-11-03', active: 2, mrr_cents: 5_733 },
    { ...quiet, date: '2026-11-04', active: 1, cancelled: 1, mrr_cents: 833 },
    { ...quiet, date: '2026-11-05', active: 1, mrr_cents: 833 },
  ]);
  expect(body.totals).toEqual([{ ...quiet, active: 1, new: 1, cancelled: 1, mrr_cents: 833 }]);
});

it('counts the outcomes of sagas with the time that they took', async () => {
  const tenantId = newTenant();
  const requested_at = '2026-11-22T08:37:00.000Z';
  const after = (ms: number): About => ({
    tenantId,
    timestamp: new Date(Date.parse(requested_at) + ms).toISOString(),
  });
  await kit.count(
    eventOf('subscription.activated.v1', { requested_at }, after(100)),
    eventOf('charge.reversed.v1', { requested_at }, after(300)),
    eventOf('charge.failed.v1', { requested_at }, after(200)),
    eventOf('charge.reversed.v1', { requested_at, reason: 'refunded_at_provider' }, after(9_000)),
  );
  const { body } = await service.as(tenantId)('GET', '/reports/sagas?from=2026-11-22&to=2026-11-22');
  const [item] = body.items;
  expect(item).toMatchObject({ date: '2026-11-22', activated: 1, reversed: 1, failed: 1, mean_ms: 200 });
  expect(item.p50_ms).toBeGreaterThanOrEqual(200);
  expect(item.p50_ms).toBeLessThanOrEqual(220);
  expect(item.p95_ms).toBeLessThanOrEqual(330);
});

describe('what cannot be answered is a 4xx that says why', () => {
  const reports = ['revenue', 'skus', 'charges', 'subscriptions', 'sagas'];

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
    'from[]=2026-11-22',
    'tenant_id=1',
    'limit=0',
    'limit=5001',
    'limit=-1',
    'limit=1.5',
    'format=xml',
    'cursor=',
  ])('every report refuses ?%s', async (query) => {
    const ask = service.as(newTenant());
    for (const report of reports) {
      const answer = await ask('GET', `/reports/${report}?${query}`);
      expect([report, answer.status, answer.body.code]).toEqual([report, 400, 'INVALID_QUERY']);
      expect(answer.body.errors[0].message).not.toBe('');
    }
  });

  it('five years are the most, and days up to 2100; what happened outside of that is in nobody’s way', async () => {
    const tenant = newTenant();
    await kit.count(order(tenant, '9999-12-31T23:59:59Z', 100), order(tenant, '2026-11-22T12:00:00Z', 200));
    const ask = service.as(tenant);
    const { status, body } = await ask('GET', '/reports/revenue?from=2021-11-19&to=2026-11-22');
    expect([status, body.items]).toEqual([200, [row('2026-11-22', 'EUR', 200, 1, 200)]]);
    for (const name of ['revenue', 'revenue.svg', 'subscriptions', 'subscriptions.svg', 'sagas.svg']) {
      expect([name, (await ask('GET', `/reports/${name}?from=2099-01-01&to=2100-12-31`)).status]).toEqual([name, 200]);
      expect((await ask('GET', `/reports/${name}?to=1970-01-05`)).status).toBe(200);
    }
    const long = await ask('GET', '/reports/revenue?from=2021-11-18&to=2026-11-22');
    const message = 'makes the period too long: at most 1830 days, both included';
    expect(long.body.errors).toEqual([{ path: 'from', message }]);
  });

  it.each([
    ['revenue', 'currency=EURO'],
    ['revenue', 'currency=eur'],
    ['charges', 'currency=XYZ'],
    ['revenue', 'currency=EUR&currency=GBP'],
    ['subscriptions', 'interval=year'],
    ['sagas', 'currency=EUR'],
    ['skus', 'by=name'],
    ['skus', 'from=2025-01-01&to=2026-11-22'],
    ['skus', 'interval=day'],
  ])('%s refuses ?%s', async (report, query) => {
    const answer = await service.as(newTenant())('GET', `/reports/${report}?${query}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_QUERY' } });
  });

  it('a cursor is good for the report, the query and the workspace that it was made for', async () => {
    const tenant = newTenant();
    await givenOrders(tenant);
    const ask = service.as(tenant);
    const { next_cursor: cursor } = (await ask('GET', `/reports/revenue?${december}&limit=1`)).body;
    const used = (who: ServiceClient, path: string) => who('GET', `${path}&cursor=${cursor}`);
    expect((await used(ask, `/reports/revenue?${december}`)).status).toBe(200);
    const others = [
      await used(ask, `/reports/charges?${december}`),
      await used(ask, `/reports/revenue?${december}&currency=EUR`),
      await used(ask, '/reports/revenue?from=2010-12-02&to=2010-12-31'),
      await used(service.as(newTenant()), `/reports/revenue?${december}`),
      await used(service.as(newTenant(), 'operator'), `/operator/reports/revenue?${december}`),
      await ask('GET', '/reports/revenue?cursor=garbage'),
      await ask('GET', `/reports/revenue?cursor=${Buffer.from('{"s":"x","k":"y"}').toString('base64url')}`),
    ];
    for (const { status, body } of others) expect([status, body.code]).toEqual([400, 'INVALID_CURSOR']);
  });

  it('needs an identity of this service, and the role of an operator for others’ reports', async () => {
    const routes = routesOf(service.express).filter(({ path }) => path.includes('/reports'));
    expect(routes.length).toBeGreaterThanOrEqual(10);
    for (const { method, path } of routes) {
      const verb = method.toUpperCase();
      expect((await service.anonymous(verb, path)).status).toBe(401);
      expect((await service.as(newTenant(), 'owner', { audience: 'billing' })(verb, path)).status).toBe(401);
    }
    for (const report of reports) {
      const answer = await service.as(newTenant())('GET', `/operator/reports/${report}`);
      expect(answer).toMatchObject({ status: 403, body: { code: 'OPERATOR_REQUIRED' } });
    }
    const operator = service.as(newTenant(), 'operator');
    expect(await operator('GET', '/operator/reports/skus')).toMatchObject({
      status: 400,
      body: { code: 'INVALID_QUERY', errors: [{ path: 'tenant_id' }] },
    });
    expect(await operator('GET', '/operator/reports/revenue?tenant_id=')).toMatchObject({ status: 400 });
  });
});

leakCheck();
