import { eventually, leakCheck, routesOf } from '@atlas/testing';
import {
  envelopesOf,
  newTenant,
  openSubscriptionKit,
  type Service,
  type SubscriptionKit,
} from '../test/subscription-kit.ts';

let kit: SubscriptionKit;
let service: Service;

const suspension = '/operator/subscriptions/accounts/:id/suspension';
/** Every route of the service behind the identity; `:id` is an account. */
const routes: [method: string, path: string, body: unknown][] = [
  ['GET', '/subscriptions/plans', undefined],
  ['GET', '/subscriptions/current', undefined],
  ['POST', '/subscriptions/current/change', { plan_id: 'team' }],
  ['DELETE', '/subscriptions/current', undefined],
  ['GET', suspension, undefined],
  ['PUT', suspension, { suspended: true, reason: 'chargebacks' }],
];
/** What load balancers and Prometheus ask, who have no identity. */
const open = ['/health/live', '/health/ready', '/metrics'];
const patient = { timeoutMs: 40_000 };

beforeAll(async () => {
  kit = await openSubscriptionKit();
  service = await kit.start();
});
afterAll(async () => {
  await service.stop();
  await kit.close();
});

/** A charge of this account succeeds. */
async function buy(tenantId: string, charge_id: string, plan_id: string, cents: number): Promise<void> {
  const charge = { charge_id, account_id: tenantId, plan_id, amount: { cents, currency: 'EUR' } };
  const who = { user_id: 'u-ada', user_email: 'ada@example.com' };
  const when = { requested_at: `2026-11-22T08:37:0${charge_id.at(-1)}Z`, charged_at: '2026-11-22T08:37:10.480Z' };
  await kit.send(envelopesOf('charge.succeeded', { ...charge, ...who, ...when }, { tenantId })[0]!);
}

/** An account with an active subscription, bought by Ada for that many cents. */
async function givenSubscription(planId = 'business', cents = 14_900): Promise<string> {
  const tenantId = newTenant();
  await buy(tenantId, 'ch_1', planId, cents);
  await eventually(async () => (await service.as(tenantId)('GET', '/subscriptions/current')).status === 200, patient);
  return tenantId;
}

/** What was said about an account after its activation, as soon as it was. */
const changesOf = (tenant: string, count = 1) =>
  eventually(async () => {
    const changes = (await kit.said(tenant)).filter(({ event }) => event === 'subscription.changed');
    return changes.length >= count ? changes : false;
  }, patient);

describe('identity', () => {
  it('is needed for every route that the router has, but health and metrics', async () => {
    const all = routesOf(service.express).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    const answered: string[] = [];
    for (const route of all) {
      const [method = '', path = ''] = route.split(' ');
      const body = method === 'GET' ? undefined : {};
      const attempts: Record<string, string>[] = [
        {},
        { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' },
        { 'x-tenant-id': 'x' },
      ];
      for (const headers of attempts) {
        const { status } = await service.anonymous(method, path.replaceAll(/:\w+/g, 'x'), { body, headers });
        if (status !== 401) answered.push(route);
      }
    }
    expect([...new Set(answered)]).toEqual(open.map((path) => `GET ${path}`));
    // The table above is complete, so that what it is used for is true of every route.
    expect(all.length - open.length).toBe(routes.length);
  });

  it.each(routes)('%s %s answers 401 for the token of another service', async (method, path, body) => {
    const other = service.as(newTenant(), 'owner', { audience: 'billing' });
    expect(await other(method, path.replace(':id', 'x'), { body })).toMatchObject({
      status: 401,
      body: { code: 'IDENTITY_INVALID' },
    });
  });

  it('is not needed for health', async () => {
    expect((await service.anonymous('GET', '/health/ready')).body.checks).toEqual({
      redis: { status: 'ok' },
      dynamodb: { status: 'ok' },
      sqs: { status: 'ok' },
    });
  });
});

describe('roles', () => {
  it('members read, and change nothing', async () => {
    const tenant = await givenSubscription();
    const member = service.as(tenant, 'member');
    expect((await member('GET', '/subscriptions/current')).status).toBe(200);
    expect((await member('GET', '/subscriptions/plans')).status).toBe(200);
    for (const [method, path, body] of routes.filter(([verb, way]) => verb !== 'GET' && !way.startsWith('/operator'))) {
      expect(await member(method, path, { body })).toMatchObject({ status: 403, body: { code: 'OWNER_REQUIRED' } });
    }
    expect((await member('GET', '/subscriptions/current')).body).toMatchObject({ status: 'active', version: 1 });
  });

  it('an owner is no operator, of whatever account', async () => {
    const tenant = await givenSubscription();
    for (const [method, path, body] of routes.filter(([, way]) => way.startsWith('/operator'))) {
      const answer = await service.as(tenant)(method, path.replace(':id', tenant), { body });
      expect(answer).toMatchObject({ status: 403, body: { code: 'OPERATOR_REQUIRED' } });
    }
  });
});

it('shows the plans that can be begun', async () => {
  const { body } = await service.as(newTenant(), 'member')('GET', '/subscriptions/plans');
  expect(body.items.map(({ plan_id }: { plan_id: string }) => plan_id)).toEqual(['starter', 'team', 'business']);
  expect(body.items[1]).toEqual({
    plan_id: 'team',
    seats: 10,
    interval: 'month',
    prices: [
      { currency: 'EUR', amount_cents: 4900 },
      { currency: 'USD', amount_cents: 5400 },
    ],
  });
});

it('shows the current subscription of the tenant that asks, and of nobody else', async () => {
  const tenant = await givenSubscription();
  expect((await service.as(tenant, 'member')('GET', '/subscriptions/current')).body).toEqual({
    subscription_id: expect.stringMatching(/^sub_/) as string,
    account_id: tenant,
    status: 'active',
    plan_id: 'business',
    price_cents: 14_900,
    currency: 'EUR',
    interval: 'month',
    seats: { taken: 0, limit: 100 },
    period_start: '2026-11-22T08:37:10.480Z',
    period_end: '2026-12-22T08:37:10.480Z',
    charge_id: 'ch_1',
    started_at: '2026-11-22T08:37:10.480Z',
    closed_at: null,
    suspended: false,
    version: 1,
  });
  const other = await service.as(newTenant())('GET', '/subscriptions/current');
  expect(other).toMatchObject({ status: 404, body: { code: 'NO_SUBSCRIPTION' } });
});

describe('changing the plan', () => {
  const change = (tenant: string, plan_id: string, key?: string) =>
    service.as(tenant)('POST', '/subscriptions/current/change', { body: { plan_id }, key });

  it('is told once, however often it is asked for', async () => {
    const tenant = await givenSubscription();
    const answers = await Promise.all(Array.from({ length: 8 }, () => change(tenant, 'team')));
    for (const { status, body } of answers) {
      expect({ status, plan: body.plan_id, version: body.version }).toEqual({ status: 200, plan: 'team', version: 2 });
    }
    const events = await changesOf(tenant);
    expect(events[0]).toMatchObject({
      sequence: 2,
      payload: { status: 'active', from_plan_id: 'business', to_plan_id: 'team', to_price_cents: 4900 },
    });
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
  });

  it('with a key is answered as the first time, whatever has happened since', async () => {
    const tenant = await givenSubscription();
    const first = await change(tenant, 'team', 'k-1');
    expect(first.body.plan_id).toBe('team');
    await change(tenant, 'starter', 'k-2');
    const again = await change(tenant, 'team', 'k-1');
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await service.as(tenant)('GET', '/subscriptions/current')).body.plan_id).toBe('starter');
    expect(await change(tenant, 'business', 'k-1')).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
  });

  it('with a key and nothing to do keeps its answer too', async () => {
    const tenant = await givenSubscription();
    expect((await change(tenant, 'business', 'k-1')).body).toMatchObject({ plan_id: 'business', version: 1 });
    expect((await change(tenant, 'business', 'k-1')).headers.get('idempotent-replayed')).toBe('true');
  });

  it('tells who did it, where they are known', async () => {
    const tenant = await givenSubscription();
    const user_id = `user-of-${tenant}`;
    const user = { user_id, user_email: 'owner@example.com', user_name: 'O', tenant_id: tenant, tenant_name: 'T' };
    await kit.send(envelopesOf('user.registered', { ...user, role: 'owner' }, { tenantId: tenant })[0]!);
    const asOwner = service.as(tenant);
    await eventually(async () => (await asOwner('GET', '/subscriptions/current')).body.seats.taken === 1, patient);
    await change(tenant, 'team');
    const [event] = await changesOf(tenant);
    expect(event!.payload).toMatchObject({ user_id, user_email: 'owner@example.com' });
  });

  it('tells them at the address of their token, where it is one', async () => {
    const tenant = await givenSubscription();
    const as = (email: string) => service.as(tenant, 'owner', { email });
    await as('now@example.com')('POST', '/subscriptions/current/change', { body: { plan_id: 'team' } });
    await as('no address')('POST', '/subscriptions/current/change', { body: { plan_id: 'starter' } });
    const events = await changesOf(tenant, 2);
    expect(events.map(({ payload }) => payload['user_email'])).toEqual(['now@example.com', 'ada@example.com']);
  });

  it('is refused with the reason, and changes nothing', async () => {
    const tenant = await givenSubscription('team', 4900);
    const operator = service.as(newTenant(), 'operator');
    expect(await change(tenant, 'business')).toMatchObject({
      status: 409,
      body: { code: 'CHARGE_REQUIRED', paid_cents: 4900, price_cents: 14_900, currency: 'EUR' },
    });
    expect(await change(tenant, 'classic')).toMatchObject({ status: 409, body: { code: 'PLAN_RETIRED' } });
    expect(await change(tenant, 'platinum')).toMatchObject({ status: 400, body: { code: 'UNKNOWN_PLAN' } });
    expect(await change(newTenant(), 'team')).toMatchObject({ status: 404, body: { code: 'NO_SUBSCRIPTION' } });
    const body = { suspended: true, reason: 'x' };
    expect((await operator('PUT', suspension.replace(':id', tenant), { body })).status).toBe(200);
    expect(await change(tenant, 'starter', 'k')).toMatchObject({ status: 409, body: { code: 'ACCOUNT_SUSPENDED' } });
    const current = await service.as(tenant)('GET', '/subscriptions/current');
    expect(current.body).toMatchObject({ plan_id: 'team', version: 1, suspended: true });
  });
});

describe('cancelling', () => {
  it('ends it at once and is told once; the subscription stays to be seen', async () => {
    const tenant = await givenSubscription();
    const ask = service.as(tenant);
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask('DELETE', '/subscriptions/current')));
    expect(answers.map(({ status, body }) => [status, body.status])).toEqual(answers.map(() => [200, 'cancelled']));
    const [event, ...copies] = await changesOf(tenant);
    expect(event!.payload).toMatchObject({ status: 'cancelled', to_plan_id: null, from_plan_id: 'business' });
    expect(copies).toEqual([]);
    expect((await ask('GET', '/subscriptions/current')).body.closed_at).not.toBeNull();
  });

  it('needs something to cancel', async () => {
    const answer = await service.as(newTenant())('DELETE', '/subscriptions/current');
    expect(answer).toMatchObject({ status: 404, body: { code: 'NO_SUBSCRIPTION' } });
  });
});

describe('suspension', () => {
  const of = (tenant: string) => suspension.replace(':id', tenant);

  it('is seen, keeps its beginning, and ends', async () => {
    const tenant = await givenSubscription();
    const operator = service.as(newTenant(), 'operator');
    expect((await operator('GET', of(tenant))).body).toMatchObject({
      account_id: tenant,
      suspended: false,
      since: null,
    });
    const first = await operator('PUT', of(tenant), { body: { suspended: true, reason: ' chargebacks ' } });
    expect(first).toMatchObject({ status: 200, body: { suspended: true, reason: 'chargebacks' } });
    const second = await operator('PUT', of(tenant), { body: { suspended: true, reason: 'fraud' } });
    expect(second.body).toMatchObject({ reason: 'fraud', since: first.body.since });
    const ended = await operator('PUT', of(tenant), { body: { suspended: false } });
    expect(ended.body).toEqual({ account_id: tenant, suspended: false, reason: null, since: null, by: null });
  });

  it('gives the money of a charge back, until it ends', async () => {
    const tenant = await givenSubscription('starter', 1900);
    const operator = service.as(newTenant(), 'operator');
    await operator('PUT', of(tenant), { body: { suspended: true, reason: 'chargebacks' } });
    await buy(tenant, 'ch_2', 'team', 4900);
    const failed = await eventually(
      async () => (await kit.said(tenant)).find(({ event }) => event === 'subscription.activation_failed') ?? false,
      patient,
    );
    expect(failed.payload).toMatchObject({ charge_id: 'ch_2', reason: 'account_suspended' });
    await operator('PUT', of(tenant), { body: { suspended: false } });
    await buy(tenant, 'ch_3', 'team', 4900);
    const [changed] = await changesOf(tenant);
    expect(changed!.payload).toMatchObject({ from_plan_id: 'starter', to_plan_id: 'team', to_price_cents: 4900 });
  });

  it('of an account that nobody has heard of is a 404, and nothing is kept', async () => {
    const tenant = newTenant();
    const operator = service.as(newTenant(), 'operator');
    for (const method of ['GET', 'PUT']) {
      const body = method === 'PUT' ? { suspended: true, reason: 'x' } : undefined;
      const answer = await operator(method, of(tenant), { body });
      expect(answer).toMatchObject({ status: 404, body: { code: 'ACCOUNT_NOT_FOUND' } });
    }
    expect(await kit.itemsOf(tenant)).toEqual([]);
  });
});

describe('bad input is a 4xx that says what is wrong', () => {
  const change = ['POST', '/subscriptions/current/change'] as const;
  const put = ['PUT', suspension] as const;
  it.each<[string, readonly [string, string], unknown, number, string]>([
    ['no body', change, undefined, 415, 'JSON_BODY_REQUIRED'],
    ['an array', change, [], 400, 'INVALID_BODY'],
    ['null', change, { plan_id: null }, 400, 'INVALID_BODY'],
    ['an empty plan', change, { plan_id: '' }, 400, 'INVALID_BODY'],
    ['a plan of the prototype', change, { plan_id: '__proto__' }, 400, 'UNKNOWN_PLAN'],
    ['a price of one’s own', change, { plan_id: 'starter', price_cents: -1 }, 400, 'INVALID_BODY'],
    ['a very long plan', change, { plan_id: 'x'.repeat(129) }, 400, 'INVALID_BODY'],
    ['a huge body', change, { plan_id: 'x'.repeat(40_000) }, 413, 'BODY_TOO_LARGE'],
    ['a query that nobody reads', ['GET', '/subscriptions/current?account_id=x'], undefined, 400, 'INVALID_QUERY'],
    ['a body that nobody reads', ['DELETE', '/subscriptions/current'], { now: true }, 400, 'INVALID_BODY'],
    ['a suspension without a reason', put, { suspended: true }, 400, 'INVALID_BODY'],
    ['a blank reason', put, { suspended: true, reason: '  ' }, 400, 'INVALID_BODY'],
    ['a very long reason', put, { suspended: true, reason: 'x'.repeat(501) }, 400, 'INVALID_BODY'],
    ['a suspension that is no boolean', put, { suspended: 'yes', reason: 'x' }, 400, 'INVALID_BODY'],
    [
      'an account id that is too long',
      ['GET', suspension.replace(':id', 'x'.repeat(129))],
      undefined,
      400,
      'INVALID_PATH',
    ],
    ['a malformed path', ['GET', suspension.replace(':id', '%E0%A4%A')], undefined, 400, 'MALFORMED_URL'],
    ['another path', ['GET', '/subscriptions'], undefined, 404, 'NOT_FOUND'],
  ])('%s', async (_name, [method, path], body, status, code) => {
    const tenant = await givenSubscription();
    const role = path.startsWith('/operator') ? 'operator' : 'owner';
    const answer = await service.as(tenant, role)(method, path.replace(':id', tenant), { body });
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    const current = await service.as(tenant)('GET', '/subscriptions/current');
    expect(current.body).toMatchObject({ status: 'active', plan_id: 'business', version: 1, suspended: false });
  });
});

leakCheck();
