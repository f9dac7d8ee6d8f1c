import { eventually, leakCheck } from '@atlas/testing';
import { v7 } from 'uuid';
import {
  envelopesOf,
  newTenant,
  openSubscriptionKit,
  type Service,
  type SubscriptionKit,
} from '../test/subscription-kit.ts';

let kit: SubscriptionKit;
let replicas: Service[];

beforeAll(async () => {
  kit = await openSubscriptionKit();
  replicas = await Promise.all([kit.start(), kit.start()]);
});
afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await kit.close();
});

/** The machine may be busy. */
const patient = { timeoutMs: 40_000 };
const quiet = () => eventually(async () => (await kit.depth()).waiting === 0, patient);
const current = async (tenant: string) => (await replicas[0]!.as(tenant)('GET', '/subscriptions/current')).body;

interface Wish {
  readonly chargeId?: string;
  readonly planId?: string;
  readonly id?: string;
  readonly requestedAt?: string;
}

/** charge.succeeded of this tenant, in both majors, newest first. */
function succeeded(tenantId: string, { chargeId = 'ch_1', planId = 'team', id, requestedAt }: Wish = {}) {
  const payload = {
    ...chargeOf(tenantId, chargeId, planId),
    ...(requestedAt && { requested_at: requestedAt }),
    amount: { cents: 4900, currency: 'EUR' },
    charged_at: '2026-11-22T08:37:01.480Z',
  };
  return envelopesOf('charge.succeeded', payload, { tenantId, id });
}

function reversed(tenantId: string, chargeId = 'ch_1') {
  const [envelope] = envelopesOf(
    'charge.reversed',
    {
      ...chargeOf(tenantId, chargeId, 'team'),
      ...{ amount_cents: 4900, currency: 'EUR', reason: 'refunded', reversed_at: '2026-11-22T08:40:00.000Z' },
    },
    { tenantId },
  );
  return envelope!;
}

function registered(tenantId: string, userId: string) {
  const payload = { user_id: userId, user_email: `${userId}@example.com`, user_name: userId, tenant_id: tenantId };
  return envelopesOf('user.registered', { ...payload, tenant_name: 'T', role: 'member' }, { tenantId })[0]!;
}

function chargeOf(tenantId: string, charge_id: string, plan_id: string) {
  const who = { user_id: 'u-ada', user_email: 'ada@example.com' };
  return { charge_id, account_id: tenantId, plan_id, ...who, requested_at: '2026-11-22T08:37:00.123Z' };
}

describe('charge.succeeded', () => {
  it('in two majors with one id activates once, whichever comes first', async () => {
    const tenant = newTenant();
    await kit.send(...succeeded(tenant), ...succeeded(tenant).reverse());
    await quiet();
    const events = await eventually(async () => nonEmpty(await kit.said(tenant)), patient);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    expect(events[0]).toMatchObject({
      event: 'subscription.activated',
      source: 'subscription',
      tenant_id: tenant,
      sequence: 1,
      payload: { charge_id: 'ch_1', plan_id: 'team', price_cents: 4900, period_end: '2026-12-22T08:37:01.480Z' },
    });
    expect(events[0]!.payload).not.toHaveProperty('period_start');
    expect(events[0]!.subject).toBe(events[0]!.payload['subscription_id']);
    expect(await current(tenant)).toMatchObject({ status: 'active', plan_id: 'team', charge_id: 'ch_1' });
  });

  it.each(['v2', 'v1'] as const)('in %s alone says the same', async (major) => {
    const tenant = newTenant();
    const [v2, v1] = succeeded(tenant);
    await kit.send(major === 'v2' ? v2! : v1!);
    const [event] = await eventually(async () => nonEmpty(await kit.said(tenant)), patient);
    expect(event).toMatchObject({ event: 'subscription.activated', payload: { price_cents: 4900, currency: 'EUR' } });
  });

  it('keeps the correlation, and names what caused it', async () => {
    const tenant = newTenant();
    const [charge] = succeeded(tenant);
    await kit.send(charge!);
    const [event] = await eventually(async () => nonEmpty(await kit.said(tenant)), patient);
    expect(event).toMatchObject({ correlation_id: charge!.correlation_id, causation_id: charge!.id });
  });

  it('told again under another id gets the recorded answer again, with its id', async () => {
    const tenant = newTenant();
    await kit.send(succeeded(tenant)[0]!);
    const [first] = await eventually(async () => nonEmpty(await kit.said(tenant)), patient);
    await kit.send(succeeded(tenant, { id: v7(), planId: 'business' })[0]!);
    const both = await eventually(async () => atLeast(await kit.said(tenant), 2), patient);
    expect(both).toEqual([first, first]);
    expect(await current(tenant)).toMatchObject({ plan_id: 'team', version: 1 });
  });

  it('of which twenty copies come at once, under twenty ids, has one outcome', async () => {
    const tenant = newTenant();
    await kit.send(...Array.from({ length: 20 }, () => succeeded(tenant, { id: v7() })[0]!));
    await quiet();
    const events = await kit.said(tenant);
    expect(new Set(events.map(({ id }) => id)).size).toBe(1);
    expect(await kit.itemsOf(tenant)).toHaveLength(2);
    expect(await kit.depth()).toEqual({ waiting: 0, dead: 0 });
  });

  it('of twenty charges at once for one plan activates one, and answers each once', async () => {
    const tenant = newTenant();
    const charges = Array.from({ length: 20 }, (_, n) => `ch_${n}`);
    await kit.send(...charges.map((chargeId) => succeeded(tenant, { chargeId })[0]!));
    const events = await eventually(async () => atLeast(await kit.said(tenant), 20), patient);
    expect(events.map(({ payload }) => payload['charge_id']).sort()).toEqual([...charges].sort());
    expect(events.filter(({ event }) => event === 'subscription.activated')).toHaveLength(1);
    expect(events.filter(({ payload }) => payload['reason'] === 'already_active')).toHaveLength(19);
  });

  it('for a retired plan is answered with the reason', async () => {
    const tenant = newTenant();
    await kit.send(...succeeded(tenant, { planId: 'classic' }));
    const [event] = await eventually(async () => nonEmpty(await kit.said(tenant)), patient);
    expect(event).toMatchObject({
      event: 'subscription.activation_failed',
      subject: 'ch_1',
      sequence: 1,
      payload: { account_id: tenant, plan_id: 'classic', charge_id: 'ch_1', reason: 'plan_retired' },
    });
    expect(await current(tenant)).toMatchObject({ status: 404, code: 'NO_SUBSCRIPTION' });
  });

  it('that names another tenant’s account is a dead letter, and nothing is stored', async () => {
    const [tenant, victim] = [newTenant(), newTenant()];
    const before = (await kit.depth()).dead;
    await kit.send({ ...succeeded(victim)[0]!, tenant_id: tenant });
    await eventually(async () => (await kit.depth()).dead === before + 1);
    expect(await kit.itemsOf(victim)).toEqual([]);
    expect(await kit.itemsOf(tenant)).toEqual([]);
  });
});

describe('charge.reversed', () => {
  it('ends the subscription that the charge pays', async () => {
    const tenant = newTenant();
    await kit.send(succeeded(tenant)[0]!);
    await eventually(async () => (await current(tenant)).status === 'active');
    await kit.send(reversed(tenant), reversed(tenant));
    const events = await eventually(async () => atLeast(await kit.said(tenant), 2), patient);
    expect(events[1]).toMatchObject({
      event: 'subscription.changed',
      sequence: 2,
      payload: { status: 'ended', to_plan_id: null, to_price_cents: 0, user_email: 'ada@example.com' },
    });
    await quiet();
    expect(await kit.said(tenant)).toHaveLength(2);
    expect(await current(tenant)).toMatchObject({ status: 'ended', closed_at: '2026-11-22T08:40:00.000Z' });
  });

  it('closes the matter: the charge is not answered again', async () => {
    const tenant = newTenant();
    await kit.send(succeeded(tenant)[0]!);
    await eventually(async () => (await current(tenant)).status === 'active', patient);
    await kit.send(reversed(tenant));
    await eventually(async () => (await current(tenant)).status === 'ended', patient);
    await kit.send(succeeded(tenant, { id: v7() })[0]!);
    await quiet();
    const events = await eventually(async () => atLeast(await kit.said(tenant), 2), patient);
    expect(events.map(({ event }) => event)).toEqual(['subscription.activated', 'subscription.changed']);
  });

  it('before its charge.succeeded keeps it from activating, whenever that comes', async () => {
    const tenant = newTenant();
    await kit.send(reversed(tenant));
    await quiet();
    await kit.send(...succeeded(tenant), ...succeeded(tenant, { id: v7() }));
    await quiet();
    expect(await kit.said(tenant)).toEqual([]);
    expect(await current(tenant)).toMatchObject({ status: 404 });
  });

  it('at the same moment as its charge.succeeded leaves nothing active', async () => {
    const tenants = Array.from({ length: 12 }, newTenant);
    await kit.send(...tenants.flatMap((tenant) => [succeeded(tenant)[0]!, reversed(tenant), succeeded(tenant)[1]!]));
    await quiet();
    for (const tenant of tenants) {
      expect(['ended', 404]).toContain((await current(tenant)).status);
      const outcome = (await kit.itemsOf(tenant)).find(({ sk }) => sk === 'CHARGE#ch_1');
      expect(outcome).toMatchObject({ reversed_at: '2026-11-22T08:40:00.000Z' });
    }
  });
});

describe('user.registered', () => {
  it('of a whole company at once counts everybody, and nobody waits in vain', async () => {
    const tenant = newTenant();
    const before = (await kit.depth()).dead;
    await kit.send(...Array.from({ length: 200 }, (_, n) => registered(tenant, `u-${n}`)));
    await quiet();
    expect((await kit.itemsOf(tenant)).find(({ sk }) => sk === 'ACCOUNT')).toMatchObject({ seats_taken: 200 });
    expect((await kit.depth()).dead).toBe(before);
  });

  it('counts each user once, and their number decides what fits', async () => {
    const tenant = newTenant();
    const users = ['a', 'b', 'c', 'd'];
    await kit.send(...[...users, ...users].map((user) => registered(tenant, user)));
    await quiet();
    expect((await kit.itemsOf(tenant)).find(({ sk }) => sk === 'ACCOUNT')).toMatchObject({ seats_taken: 4 });
    await kit.send(succeeded(tenant, { planId: 'starter' })[0]!, succeeded(tenant, { chargeId: 'ch_2' })[0]!);
    const events = await eventually(async () => atLeast(await kit.said(tenant), 2), patient);
    expect(events.map(({ event, payload }) => [event, payload['plan_id'], payload['reason']]).sort()).toEqual([
      ['subscription.activated', 'team', undefined],
      ['subscription.activation_failed', 'starter', 'seat_limit'],
    ]);
    expect((await current(tenant)).seats).toEqual({ taken: 4, limit: 10 });
  });
});

const nonEmpty = <T>(items: T[]) => atLeast(items, 1);
const atLeast = <T>(items: T[], count: number) => (items.length >= count ? items : false);

leakCheck();
