import { encodeCursor } from '@atlas/platform';
import { leakCheck, routesOf } from '@atlas/testing';
import { v7 } from 'uuid';
import { type BillingKit, newTenant, openBillingKit, type Service } from '../test/billing-kit.ts';
import { newCustomer } from '../test/checkout.ts';
import { plans } from './plans/plans.domain.ts';

let kit: BillingKit;
let service: Service;
const wish = { plan_id: 'team', payment_method: 'pm_card_visa', currency: 'USD' };
const retry = '/operator/billing/accounts/:account_id/charges/:charge_id/retry-reversal';

/** Every route of the service behind the identity. */
const routes: [method: string, path: string, body: unknown][] = [
  ['GET', '/billing/plans', undefined],
  ['GET', '/billing/history', undefined],
  ['POST', '/billing/charges', wish],
  ['GET', '/billing/charges', undefined],
  ['GET', '/billing/charges/:charge_id', undefined],
  ['GET', '/operator/billing/charges', undefined],
  ['POST', retry, {}],
];
/** What has no identity: load balancers, Prometheus, and a payment provider whose signature is checked instead. */
const open = ['GET /health/live', 'GET /health/ready', 'GET /metrics', 'POST /billing/webhooks/stripe'];

beforeAll(async () => {
  kit = await openBillingKit();
  service = await kit.start();
});
afterAll(async () => {
  await service.stop();
  await kit.close();
});

describe('identity', () => {
  it.each(routes)(
    '%s %s answers 401 without one, and with the token of another service',
    async (method, path, body) => {
      const target = path.replaceAll(/:\w+/g, 'x');
      expect(await service.anonymous(method, target, { body })).toMatchObject({ status: 401 });
      const other = service.as(newTenant(), 'owner', { audience: 'notification' });
      expect(await other(method, target, { body, key: 'k' })).toMatchObject({ status: 401 });
      const headers = { 'x-tenant-id': newTenant(), 'x-user-id': 'u', 'x-roles': 'owner' };
      expect((await service.anonymous(method, target, { body, headers })).status).toBe(401);
    },
  );

  it('is asked for at every route that the router has, but those that are open', () => {
    const all = routesOf(service.express).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    const known = [...open, ...routes.map(([method, path]) => `${method} ${path}`)];
    expect(all.toSorted()).toEqual(known.toSorted());
  });

  it('is not needed for health and metrics', async () => {
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      expect((await service.anonymous('GET', path)).status).toBe(200);
    }
  });
});

describe('roles', () => {
  it('members read charges and plans, owners also pay and read the history', async () => {
    const { tenant, checkout } = newCustomer(kit, service);
    const id = await checkout();
    const member = service.as(tenant, 'member');
    for (const path of ['/billing/plans', '/billing/charges', `/billing/charges/${id}`]) {
      expect((await member('GET', path)).status).toBe(200);
    }
    const asks: [string, string, object?][] = [
      ['POST', '/billing/charges', wish],
      ['GET', '/billing/history'],
    ];
    for (const [method, path, body] of asks) {
      const answer = await member(method, path, { body, key: 'k' });
      expect(answer).toMatchObject({ status: 403, body: { code: 'OWNER_REQUIRED' } });
    }
  });

  it.each(['owner', 'member'] as const)('an %s is no operator', async (role) => {
    const somebody = service.as(newTenant(), role);
    expect(await somebody('GET', '/operator/billing/charges?status=succeeded')).toMatchObject({
      status: 403,
      body: { code: 'OPERATOR_REQUIRED' },
    });
    expect(await somebody('POST', retry, { body: {} })).toMatchObject({ status: 403 });
  });
});

describe('plans', () => {
  it('have their prices by currency', async () => {
    const { body } = await service.as(newTenant(), 'member')('GET', '/billing/plans');
    expect(body.items).toHaveLength(plans.length);
    const prices = [
      { currency: 'EUR', amount_cents: 4_900 },
      { currency: 'USD', amount_cents: 5_400 },
    ];
    expect(body.items).toContainEqual({ plan_id: 'team', name: 'Team', interval: 'month', prices });
  });
});

describe('POST /billing/charges', () => {
  it('answers 202 with where to ask, and the same again for the same key', async () => {
    const { owner } = newCustomer(kit, service);
    const first = await owner('POST', '/billing/charges', { body: wish, key: 'my-key' });
    const id = first.body.charge_id as string;
    expect(id).toMatch(/^ch_[0-9a-f]{24}$/);
    expect(first).toMatchObject({
      status: 202,
      body: { charge_id: id, status: 'requested', status_url: `/billing/charges/${id}` },
    });
    expect(first.headers.get('location')).toBe(`/billing/charges/${id}`);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    const again = await owner('POST', '/billing/charges', { body: wish, key: 'my-key' });
    expect(again).toMatchObject({ status: 202, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await owner('GET', `/billing/charges/${id}`)).body).toMatchObject({ amount_cents: 5_400, currency: 'USD' });
  });

  it('charges in euros when no currency is named', async () => {
    const { owner } = newCustomer(kit, service);
    const body = { plan_id: 'starter', payment_method: 'pm_card_visa' };
    const { body: answer } = await owner('POST', '/billing/charges', { body, key: v7() });
    const { body: charge } = await owner('GET', answer.status_url);
    expect(charge).toMatchObject({ amount_cents: 1_900, currency: 'EUR' });
  });

  it.each([{ plan_id: 'business' }, { currency: 'EUR' }, { payment_method: 'pm_card_mastercard' }])(
    'refuses a key that was used for something else: %j',
    async (change) => {
      const { owner, facts } = newCustomer(kit, service);
      await owner('POST', '/billing/charges', { body: wish, key: 'k' });
      const other = await owner('POST', '/billing/charges', { body: { ...wish, ...change }, key: 'k' });
      expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
      expect((await facts()).filter((type) => type === 'charge.requested')).toHaveLength(1);
    },
  );

  it('has charges of their own for two tenants with the same key, and for two keys', async () => {
    const [one, two] = [newCustomer(kit, service), newCustomer(kit, service)];
    const ids = [
      await one.checkout('pm_card_visa', 'a'),
      await one.checkout('pm_card_visa', 'b'),
      await two.checkout('pm_card_visa', 'a'),
    ];
    expect(new Set(ids).size).toBe(3);
  });

  const card = '4242424242424242';
  it.each<[string, { body?: unknown; key?: string; headers?: Record<string, string>; raw?: string }, number, string]>([
    ['no key', { body: wish }, 400, 'IDEMPOTENCY_KEY_REQUIRED'],
    ['a key of blanks', { body: wish, headers: { 'idempotency-key': 'a b' } }, 400, 'IDEMPOTENCY_KEY_MALFORMED'],
    ['a key that is too long', { body: wish, key: 'k'.repeat(256) }, 400, 'IDEMPOTENCY_KEY_MALFORMED'],
    ['no body', { key: 'k' }, 415, 'JSON_BODY_REQUIRED'],
    ['no JSON', { key: 'k', raw: '{' }, 400, 'MALFORMED_BODY'],
    ['a list', { key: 'k', body: [] }, 400, 'INVALID_BODY'],
    ['null', { key: 'k', raw: 'null' }, 400, 'MALFORMED_BODY'],
    ['an unknown plan', { key: 'k', body: { ...wish, plan_id: 'gold' } }, 400, 'UNKNOWN_PLAN'],
    ['a plan that every object has', { key: 'k', body: { ...wish, plan_id: '__proto__' } }, 400, 'UNKNOWN_PLAN'],
    ['no plan', { key: 'k', body: { payment_method: 'pm_card_visa' } }, 400, 'INVALID_BODY'],
    ['no payment method', { key: 'k', body: { plan_id: 'team' } }, 400, 'INVALID_BODY'],
    ['a card number', { key: 'k', body: { ...wish, payment_method: card } }, 400, 'INVALID_BODY'],
    ['a currency without a price', { key: 'k', body: { ...wish, currency: 'JPY' } }, 400, 'CURRENCY_NOT_OFFERED'],
    ['no currency', { key: 'k', body: { ...wish, currency: 'eur' } }, 400, 'INVALID_BODY'],
    ['a price', { key: 'k', body: { ...wish, amount_cents: 1 } }, 400, 'INVALID_BODY'],
    ['a negative price', { key: 'k', body: { ...wish, amount_cents: -4_900 } }, 400, 'INVALID_BODY'],
    ['another account', { key: 'k', body: { ...wish, account_id: 'theirs' } }, 400, 'INVALID_BODY'],
  ])('refuses %s, and nothing is stored', async (_what, request, status, code) => {
    const { owner, facts, tenant } = newCustomer(kit, service);
    const answer = await owner('POST', '/billing/charges', request);
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(await facts()).toEqual([]);
    expect(await kit.outboxRows(tenant)).toEqual([]);
  });

  it('refuses somebody without an address for the confirmation', async () => {
    const tenant = newTenant();
    const owner = service.as(tenant, 'owner', { email: 'nobody' });
    const answer = await owner('POST', '/billing/charges', { body: wish, key: 'k' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'EMAIL_REQUIRED' } });
  });
});

describe('lists', () => {
  it('show the newest charge first, page by page, and by status', async () => {
    const { owner, checkout, until } = newCustomer(kit, service);
    const ids = [await checkout(), await checkout(), await checkout('pm_card_declined')];
    await Promise.all([until(ids[0]!, 'succeeded'), until(ids[1]!, 'succeeded'), until(ids[2]!, 'failed')]);
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await owner('GET', `/billing/charges?limit=1${cursor}`);
      seen.push(...body.items.map((item: { charge_id: string }) => item.charge_id));
      cursor = body.next_cursor === null ? '' : `&cursor=${body.next_cursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(ids.toReversed());
    const failed = await owner('GET', '/billing/charges?status=failed');
    expect(failed.body.items).toMatchObject([{ charge_id: ids[2], reason: 'card_declined' }]);
    expect((await owner('GET', '/billing/charges?status=unresolved')).body.items).toEqual([]);
  });

  it.each([
    '/billing/charges?limit=0',
    '/billing/charges?limit=101',
    '/billing/charges?status=lost',
    '/billing/charges?account_id=theirs',
    '/billing/charges?cursor=bm9uZQ',
    '/billing/plans?x=1',
    '/billing/history?after=-1',
    '/billing/history?limit=1001',
    '/billing/history?after=1e3',
    '/billing/history?account_id=theirs',
  ])('refuses %s', async (path) => {
    const answer = await service.as(newTenant())('GET', path);
    expect(answer.status).toBe(400);
  });

  it.each(['', '?status=confirmed', '?status=reversal_parked&cursor=x', '?status=unresolved&limit=1000'])(
    'of operators refuse "%s"',
    async (query) => {
      const operator = service.as('operators', 'operator');
      expect((await operator('GET', `/operator/billing/charges${query}`)).status).toBe(400);
    },
  );

  it('of operators refuses a cursor that somebody has made up, whatever its size', async () => {
    const operator = service.as('operators', 'operator');
    const list = '/operator/billing/charges?status=reversal_parked';
    const at = (position: string) => encodeCursor('open-charges/reversal_parked', position);
    const known = await operator('GET', `${list}&cursor=${at('2026-11-22T08:37:00.123Z#ch_0198')}`);
    expect(known.status).toBe(200);
    expect((await operator('GET', `${list}&cursor=${at('k'.repeat(1_024))}`)).status).toBe(400);
  });
});

describe('tenants never mix', () => {
  it('a charge, a list and a history show nothing of another tenant', async () => {
    const theirs = newCustomer(kit, service);
    const id = await theirs.checkout();
    await theirs.until(id, 'succeeded');
    const mine = service.as(newTenant());
    for (const path of [id, `../${theirs.tenant}/${id}`, `${theirs.tenant}#${id}`]) {
      const answer = await mine('GET', `/billing/charges/${encodeURIComponent(path)}`);
      expect(answer).toMatchObject({ status: 404, body: { code: 'CHARGE_NOT_FOUND' } });
    }
    expect((await mine('GET', '/billing/charges')).body).toEqual({ items: [], next_cursor: null });
    expect((await mine('GET', '/billing/history')).body).toEqual({ items: [], next_after: null });
  });

  it('a cursor of another tenant is refused', async () => {
    const theirs = newCustomer(kit, service);
    await theirs.checkout();
    await theirs.checkout();
    const { body } = await theirs.owner('GET', '/billing/charges?limit=1');
    const answer = await service.as(newTenant())('GET', `/billing/charges?cursor=${body.next_cursor}`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_CURSOR' } });
  });
});

describe('the history', () => {
  it('has every fact in order, with who and why, page by page', async () => {
    const { owner, checkout, until, tenant, activate } = newCustomer(kit, service);
    const id = await checkout();
    await until(id, 'succeeded');
    await activate(id, { id: 'a3bb189e-8bf9-4888-9912-ace4e6543002' });
    await until(id, 'confirmed');
    const first = (await owner('GET', '/billing/history?limit=2')).body;
    const rest = (await owner('GET', `/billing/history?after=${first.next_after}`)).body;
    expect([first.next_after, rest.next_after]).toEqual([2, null]);
    const facts = [...first.items, ...rest.items];
    expect(facts.map(({ version, type, actor }) => [version, type, actor])).toEqual([
      [1, 'charge.requested', `user-of-${tenant}`],
      [2, 'charge.succeeded', 'billing'],
      [3, 'charge.confirmed', 'billing'],
    ]);
    const [requested, succeeded, confirmed] = facts;
    expect(succeeded.correlation_id).toBe(requested.correlation_id);
    expect(succeeded.causation_id).toBe(requested.event_id);
    expect(confirmed).toMatchObject({
      causation_id: 'a3bb189e-8bf9-4888-9912-ace4e6543002',
      correlation_id: 'correlation-a3bb189e-8bf9-4888-9912-ace4e6543002',
      payload: { charge_id: id, subscription_id: 'sub_1' },
    });
    for (const { timestamp } of facts) expect(Date.parse(timestamp)).not.toBeNaN();
  });
});

describe('a reversal that is not parked', () => {
  it('cannot be tried again', async () => {
    const { checkout, until, tenant } = newCustomer(kit, service);
    const id = await checkout();
    await until(id, 'succeeded');
    const operator = service.as('operators', 'operator');
    const path = (charge: string) => retry.replace(':account_id', tenant).replace(':charge_id', charge);
    expect(await operator('POST', path(id), { body: {} })).toMatchObject({
      status: 409,
      body: { code: 'REVERSAL_NOT_PARKED', status: 409, charge_status: 'succeeded' },
    });
    expect(await operator('POST', path('ch_none'))).toMatchObject({ status: 404, body: { code: 'CHARGE_NOT_FOUND' } });
    expect((await operator('POST', path(id), { body: { amount_cents: 1 } })).status).toBe(400);
  });
});

leakCheck();
