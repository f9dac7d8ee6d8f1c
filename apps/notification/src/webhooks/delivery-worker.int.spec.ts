import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createDocumentClient } from '@atlas/platform';
import { eventually, type HttpFake, leakCheck, stackVariable, startHttpFake, startTcpProxy } from '@atlas/testing';
import { createTestClock, type TestClock } from '../../test/test-clock.ts';
import { newTenant, openWebhookKit, orderEvent, type WebhookKit } from '../../test/webhook-kit.ts';
import { type Delivery, dueShardOf } from './delivery-item.ts';
import type { Endpoint } from './endpoint.domain.ts';

/** A process that dies at this step never comes back from the probe. */
const diesAt = (step: string) => (reached: string) => (reached === step ? new Promise<void>(() => {}) : undefined);

/** Longer than any lease of a row. */
const leaseMs = 60_000;
let kit: WebhookKit;
let receiver: HttpFake;
let tenant: string;
let clock: TestClock;
/** Requests to these paths are never answered; the functions answer them after all. */
const hanging = new Map<string, (() => void)[]>();

beforeAll(async () => {
  kit = await openWebhookKit();
  receiver = await startHttpFake((request, response) => {
    const held = hanging.get(request.path);
    if (held) held.push(() => response.end());
    else response.end();
  });
});
beforeEach(() => {
  tenant = newTenant();
  clock = createTestClock();
});
const closers: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  await kit.stopReplicas();
  for (const close of closers.splice(0)) await close();
});
afterAll(async () => {
  await kit.close();
  await receiver.close();
});

const givenEndpoint = (name: string) => kit.endpoint(tenant, `${receiver.url}/${tenant}/${name}`);
const requestsTo = (name: string) => receiver.requests.filter(({ path }) => path === `/${tenant}/${name}`);
const idsAt = (name: string) => requestsTo(name).map(({ headers }) => String(headers['webhook-id']));
const all = (endpoint: Endpoint, status: Delivery['status']) =>
  eventually(async () => (await kit.deliveriesOf(endpoint)).every((row) => row.status === status), {
    timeoutMs: 20_000,
  });

describe('a process that dies', () => {
  it.each([
    ['webhook.row-written', 1],
    ['webhook.claimed', 1],
    // The receiver had accepted and nobody knew: the one window in which it gets a second copy, with the same id.
    ['webhook.posted', 2],
    ['webhook.marked', 1],
  ])('at %s leaves the row to the next one, and the receiver gets it', async (step, copies) => {
    const endpoint = await givenEndpoint('a');
    void kit.replica({ clock, probe: diesAt(step), sweeps: false }).fanOut(orderEvent(tenant));
    await eventually(async () => (await kit.deliveriesOf(endpoint)).length === 1);
    if (copies > 1) await eventually(() => requestsTo('a').length === 1);
    kit.replica({ clock });
    clock.advance(leaseMs);
    await all(endpoint, 'delivered');
    expect(requestsTo('a')).toHaveLength(copies);
    expect(new Set(idsAt('a')).size).toBe(1);
  });

  it('before it could write its rows has its event again, and only what is missing is added', async () => {
    const [first, second] = await Promise.all([givenEndpoint('first'), givenEndpoint('second')]);
    const event = orderEvent(tenant);
    const row = { tenantId: tenant, endpointId: first.endpointId, eventId: event.id, kind: 'webhook' } as const;
    await kit.deliveries.insert({ ...row, eventType: event.event }, { leaseUntil: clock.now() + leaseMs }, clock.now());
    await kit.replica({ clock, sweeps: false }).fanOut(event);
    await all(second, 'delivered');
    expect([requestsTo('first').length, requestsTo('second').length]).toEqual([0, 1]);
  });
});

describe('a lease', () => {
  it('that was lost lets its worker neither mark nor repeat', async () => {
    const endpoint = await givenEndpoint('a');
    const held: (() => void)[] = [];
    hanging.set(`/${tenant}/a`, held);
    void kit.replica({ clock, sweeps: false }).fanOut(orderEvent(tenant));
    await eventually(() => held.length === 1);
    hanging.delete(`/${tenant}/a`);
    clock.advance(leaseMs);
    kit.replica({ clock });
    await all(endpoint, 'delivered');
    const marked = await kit.deliveriesOf(endpoint);
    held[0]!();
    // Its answer has arrived when the second process gets another event through behind it.
    await kit.replica({ clock }).fanOut(orderEvent(tenant));
    await all(endpoint, 'delivered');
    expect(await kit.deliveriesOf(endpoint)).toEqual(expect.arrayContaining([...marked]));
    expect(marked[0]!.attempts).toHaveLength(1);
  });

  it('is taken by exactly one of many workers that see the same rows', async () => {
    const endpoint = await givenEndpoint('a');
    const due = await Promise.all(Array.from({ length: 100 }, () => kit.dueRow(endpoint, clock.now() - 1_000)));
    for (let i = 0; i < 4; i += 1) kit.replica({ clock, sweepEveryMs: 5 });
    await all(endpoint, 'delivered');
    expect(idsAt('a').toSorted()).toEqual(due.map((eventId) => `${eventId}.${endpoint.endpointId}`).toSorted());
    const attempts = (await kit.deliveriesOf(endpoint)).map((row) => row.attempts.length);
    expect(new Set(attempts)).toEqual(new Set([1]));
  });
});

describe('a job', () => {
  it('that waited for its turn until its lease was over is not posted by its old worker', async () => {
    const endpoint = await givenEndpoint('a');
    const held: (() => void)[] = [];
    hanging.set(`/${tenant}/a`, held);
    const first = kit.replica({ clock, sweeps: false });
    await Promise.all(Array.from({ length: 6 }, () => first.fanOut(orderEvent(tenant))));
    await eventually(() => held.length === 4);
    hanging.delete(`/${tenant}/a`);
    clock.advance(leaseMs);
    kit.replica({ clock });
    await all(endpoint, 'delivered');
    for (const answer of held) answer();
    await first.stop({ deadlineMs: 5_000 });
    // The four that were under way when their leases ended came a second time; the two that waited did not.
    expect(requestsTo('a')).toHaveLength(10);
    expect(new Set(idsAt('a')).size).toBe(6);
  });

  it('that waited keeps its lease by renewing it', async () => {
    const endpoint = await givenEndpoint('a');
    const held: (() => void)[] = [];
    hanging.set(`/${tenant}/a`, held);
    const first = kit.replica({ clock, sweeps: false });
    await Promise.all(Array.from({ length: 5 }, () => first.fanOut(orderEvent(tenant))));
    await eventually(() => held.length === 4);
    const lease = Math.max(...(await kit.deliveriesOf(endpoint)).map(({ leaseUntil }) => leaseUntil!));
    clock.advance(10_000);
    held[0]!();
    await eventually(() => held.length === 5);
    const longest = Math.max(...(await kit.deliveriesOf(endpoint)).map(({ leaseUntil = 0 }) => leaseUntil));
    expect(longest).toBeGreaterThanOrEqual(lease + 10_000);
    for (const answer of held) answer();
    await all(endpoint, 'delivered');
  });

  it('that was posted is not posted again because the store was away for a moment', async () => {
    const proxy = await startTcpProxy(stackVariable('AWS_ENDPOINT_URL_DYNAMODB'));
    const raw = new DynamoDBClient({ region: 'eu-central-1', endpoint: proxy.url, maxAttempts: 1 });
    closers.push(
      () => raw.destroy(),
      () => proxy.close(),
    );
    const endpoint = await givenEndpoint('a');
    const probe = (step: string) => (step === 'webhook.posted' ? proxy.cut() : undefined);
    const replica = kit.replica({ clock, probe, dynamo: createDocumentClient(raw), sweeps: false });
    await replica.fanOut(orderEvent(tenant));
    await eventually(() => requestsTo('a').length === 1);
    expect((await kit.deliveriesOf(endpoint))[0]).toMatchObject({ status: 'pending', attempts: [] });
    await proxy.restore();
    await all(endpoint, 'delivered');
    await replica.stop({ deadlineMs: 5_000 });
    expect(requestsTo('a')).toHaveLength(1);
  });
});

describe('an endpoint that hangs', () => {
  it('delays nobody else, with hundreds of rows due before those of the others', async () => {
    const slow = await givenEndpoint('slow');
    hanging.set(`/${tenant}/slow`, []);
    const healthy = await givenEndpointInShardOf(slow);
    await Promise.all(Array.from({ length: 400 }, (_, i) => kit.dueRow(slow, clock.now() - 60_000 + i)));
    await Promise.all(Array.from({ length: 30 }, () => kit.dueRow(healthy, clock.now() - 1_000)));
    // Pages of 20 rows: twenty of them are full of the slow endpoint alone.
    const replica = kit.replica({ clock, duePageSize: 20 });
    await all(healthy, 'delivered');
    for (let i = 0; i < 20; i += 1) await replica.fanOut(orderEvent(tenant));
    await all(healthy, 'delivered');
    expect(requestsTo('healthy')).toHaveLength(50);
    expect(requestsTo('slow').length).toBeLessThanOrEqual(4);
  });

  it('has at most its share in flight, and its rows wait unharmed', async () => {
    const slow = await givenEndpoint('slow');
    hanging.set(`/${tenant}/slow`, []);
    const replica = kit.replica({ clock });
    await Promise.all(Array.from({ length: 150 }, () => replica.fanOut(orderEvent(tenant))));
    await eventually(() => requestsTo('slow').length === 4);
    const rows = await kit.log({ tenantId: tenant, endpointId: slow.endpointId, limit: 100, status: 'pending' });
    expect(rows.deliveries).toHaveLength(100);
    expect(rows.deliveries.every(({ attempts }) => attempts.length === 0)).toBe(true);
  });

  async function givenEndpointInShardOf(slow: Endpoint): Promise<Endpoint> {
    for (;;) {
      const endpoint = await givenEndpoint('healthy');
      if (dueShardOf(endpoint.endpointId) === dueShardOf(slow.endpointId)) return endpoint;
      await kit.endpoints.remove(tenant, endpoint.endpointId);
    }
  }
});

describe('more than a process can take at once', () => {
  it('is born free and due, and delivered by the sweep', async () => {
    const endpoint = await givenEndpoint('a');
    const replica = kit.replica({ clock });
    const events = Array.from({ length: 300 }, () => orderEvent(tenant));
    await Promise.all(events.map((event) => replica.fanOut(event)));
    await eventually(() => requestsTo('a').length === 300, { timeoutMs: 20_000 });
    expect(new Set(idsAt('a')).size).toBe(300);
    await eventually(async () => {
      const pending = await kit.log({ tenantId: tenant, endpointId: endpoint.endpointId, limit: 1, status: 'pending' });
      return pending.deliveries.length === 0;
    });
  });
});

describe('a stop', () => {
  it('gives back at once what has not started, and leaves what runs to its lease', async () => {
    const endpoint = await givenEndpoint('a');
    hanging.set(`/${tenant}/a`, []);
    const replica = kit.replica({ clock });
    await Promise.all(Array.from({ length: 10 }, () => replica.fanOut(orderEvent(tenant))));
    await eventually(() => requestsTo('a').length === 4);
    await replica.stop({ deadlineMs: 2_000 });
    const rows = await kit.deliveriesOf(endpoint);
    expect(rows.filter((row) => row.leaseUntil === undefined)).toHaveLength(6);
    expect(rows.every((row) => row.attempts.length === 0)).toBe(true);
    hanging.delete(`/${tenant}/a`);
    kit.replica({ clock });
    await eventually(() => requestsTo('a').length === 10);
    clock.advance(leaseMs);
    await all(endpoint, 'delivered');
  });
});

leakCheck();
