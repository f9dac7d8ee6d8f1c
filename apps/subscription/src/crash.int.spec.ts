import type { Envelope } from '@atlas/event-contracts';
import { eventually, leakCheck } from '@atlas/testing';
import {
  envelopesOf,
  newTenant,
  openSubscriptionKit,
  type Service,
  type SubscriptionKit,
} from '../test/subscription-kit.ts';

// A process that dies at a step of its own is seen from outside in tools/dev-stack/e2e/crash-matrix.e2e.spec.ts. Here each
// handler fails at each step, which leaves the same behind and can be done to every one of them in seconds.

let kit: SubscriptionKit;
let service: Service;
/** The step at which the next one to pass it fails. */
const trap: { step?: string } = {};
const patient = { timeoutMs: 40_000 };

beforeAll(async () => {
  kit = await openSubscriptionKit();
  service = await kit.start({
    probe: (step) => {
      if (step !== trap.step) return;
      trap.step = undefined;
      throw new Error(`failed at ${step}`);
    },
  });
});
afterEach(() => {
  trap.step = undefined;
});
afterAll(async () => {
  await service.stop();
  await kit.close();
});

const who = { user_id: 'u-ada', user_email: 'ada@example.com', requested_at: '2026-11-22T08:37:00.123Z' };

function heard(type: 'charge.succeeded' | 'charge.reversed' | 'user.registered', tenantId: string): Envelope {
  const charge = { charge_id: 'ch_1', account_id: tenantId, plan_id: 'team', ...who };
  const user = { user_id: 'u-1', user_email: 'u@example.com', user_name: 'U', tenant_id: tenantId, tenant_name: 'T' };
  const envelopes = {
    'charge.succeeded': () => {
      const paid = { amount: { cents: 4900, currency: 'EUR' }, charged_at: '2026-11-22T08:37:01Z' };
      return envelopesOf('charge.succeeded', { ...charge, ...paid }, { tenantId });
    },
    'charge.reversed': () => {
      const given = { amount_cents: 4900, currency: 'EUR', reason: 'refund', reversed_at: '2026-11-22T08:40:00Z' };
      return envelopesOf('charge.reversed', { ...charge, ...given }, { tenantId });
    },
    'user.registered': () => envelopesOf('user.registered', { ...user, role: 'owner' }, { tenantId }),
  };
  return envelopes[type]()[0]!;
}

const allHandled = () =>
  eventually(async () => {
    const { waiting, dead } = await kit.depth();
    expect(dead).toBe(0);
    return waiting === 0;
  }, patient);

/** The ids of what was published about the tenant: copies count once, because every consumer takes an id once. */
const said = async (tenant: string) => {
  const events = await kit.said(tenant);
  return [...new Map(events.map((event) => [event.id, event.event])).values()];
};

const saidExactly = (tenant: string, expected: string[]) =>
  eventually(async () => {
    expect((await said(tenant)).sort()).toEqual([...expected].sort());
  }, patient);

const account = async (tenant: string) => (await kit.itemsOf(tenant)).find(({ sk }) => sk === 'ACCOUNT');

describe.each(['subscription.before-commit', 'subscription.after-commit'])('a failure at %s', (step) => {
  it('of charge.succeeded activates once', async () => {
    const tenant = newTenant();
    trap.step = step;
    await kit.send(heard('charge.succeeded', tenant));
    await saidExactly(tenant, ['subscription.activated']);
    await allHandled();
    expect(trap.step).toBeUndefined();
    expect(await account(tenant)).toMatchObject({ version: 1, subscription: { status: 'active', version: 1 } });
    await saidExactly(tenant, ['subscription.activated']);
  });

  it('of charge.reversed ends once', async () => {
    const tenant = newTenant();
    await kit.send(heard('charge.succeeded', tenant));
    await saidExactly(tenant, ['subscription.activated']);
    await allHandled();
    trap.step = step;
    await kit.send(heard('charge.reversed', tenant));
    await saidExactly(tenant, ['subscription.activated', 'subscription.changed']);
    await allHandled();
    expect(trap.step).toBeUndefined();
    expect(await account(tenant)).toMatchObject({ version: 2, subscription: { status: 'ended', version: 2 } });
  });

  it('of user.registered counts once', async () => {
    const tenant = newTenant();
    trap.step = step;
    await kit.send(heard('user.registered', tenant));
    await eventually(async () => expect(await account(tenant)).toMatchObject({ version: 1, seats_taken: 1 }), patient);
    await allHandled();
    expect(trap.step).toBeUndefined();
    expect(await account(tenant)).toMatchObject({ version: 1, seats_taken: 1 });
  });

  it('of a request changes the plan once, and its key tells what became of it', async () => {
    const tenant = newTenant();
    await kit.send(heard('charge.succeeded', tenant));
    await saidExactly(tenant, ['subscription.activated']);
    await allHandled();
    trap.step = step;
    const change = () =>
      service.as(tenant)('POST', '/subscriptions/current/change', { body: { plan_id: 'starter' }, key: 'k' });
    expect((await change()).status).toBe(500);
    expect(await change()).toMatchObject({ status: 200, body: { plan_id: 'starter', version: 2 } });
    await saidExactly(tenant, ['subscription.activated', 'subscription.changed']);
    expect(await account(tenant)).toMatchObject({ version: 2, subscription: { plan_id: 'starter', version: 2 } });
  });
});

leakCheck();
