import type { ServerResponse } from 'node:http';
import { eventually, type FakeRequest, type HttpFake, leakCheck, startHttpFake } from '@atlas/testing';
import { Webhook } from 'standardwebhooks';
import { createTestClock, type TestClock } from '../../test/test-clock.ts';
import { newTenant, openWebhookKit, orderEvent, type WebhookKit } from '../../test/webhook-kit.ts';
import type { Delivery } from './delivery-item.ts';
import { retryDelaysMs } from './delivery.domain.ts';
import type { Endpoint } from './endpoint.domain.ts';
import { newSecret } from './webhook-message.ts';

type Answer = (request: FakeRequest, response: ServerResponse) => void;

const minute = 60_000;
const day = 24 * 60 * minute;
let kit: WebhookKit;
let receiver: HttpFake;
let tenant: string;
let clock: TestClock;
/** What the receiver says at `/hooks/<tenant>`. */
const answers = new Map<string, Answer>();

beforeAll(async () => {
  kit = await openWebhookKit();
  receiver = await startHttpFake((request, response) => {
    const answer = answers.get(request.path);
    if (answer) answer(request, response);
    else response.end('ok');
  });
});
beforeEach(() => {
  tenant = newTenant();
  clock = createTestClock();
});
afterEach(() => kit.stopReplicas());
afterAll(async () => {
  await kit.close();
  await receiver.close();
});

const path = () => `/hooks/${tenant}`;
const answer = (status: number, headers: Record<string, string> = {}, body = '') =>
  answers.set(path(), (_request, response) => void response.writeHead(status, headers).end(body));
const requests = () => receiver.requests.filter((request) => request.path === path());
const givenEndpoint = (change: Partial<Endpoint> = {}) => kit.endpoint(tenant, `${receiver.url}${path()}`, change);

/** The only delivery of the endpoint, once it is as `condition` says. */
async function delivery(endpoint: Endpoint, condition: (delivery: Delivery) => boolean): Promise<Delivery> {
  return eventually(async () => {
    const [only, ...others] = await kit.deliveriesOf(endpoint);
    expect(others).toEqual([]);
    return only !== undefined && condition(only) ? only : false;
  });
}
const attempted = (times: number) => (row: Delivery) => row.attempts.length === times && row.leaseUntil === undefined;

describe('a webhook', () => {
  it('is posted at once, signed so that the receiver can verify it, and is in the delivery log', async () => {
    const endpoint = await givenEndpoint();
    const event = orderEvent(tenant);
    await kit.replica({ clock, sweeps: false }).fanOut(event);
    const row = await delivery(endpoint, ({ status }) => status === 'delivered');
    const [request] = requests();
    expect(request).toMatchObject({ method: 'POST', headers: { 'webhook-id': `${event.id}.${endpoint.endpointId}` } });
    const headers = request!.headers as Record<string, string>;
    const body = { type: 'order.completed', timestamp: event.timestamp, data: event.payload };
    expect(new Webhook(endpoint.secrets[0]!.value).verify(request!.body, headers)).toEqual(body);
    expect(row.attempts).toEqual([expect.objectContaining({ statusCode: 200, response: 'ok', error: undefined })]);
    expect(row.dueAt).toBeUndefined();
  });

  it('is posted once, however often the event comes', async () => {
    const endpoint = await givenEndpoint();
    const replica = kit.replica({ clock });
    const event = orderEvent(tenant);
    await Promise.all([replica.fanOut(event), replica.fanOut(event), kit.replica({ clock }).fanOut(event)]);
    await delivery(endpoint, ({ status }) => status === 'delivered');
    await replica.fanOut(event);
    expect(requests()).toHaveLength(1);
  });

  it('goes to each active endpoint that chose the type, and to no other', async () => {
    const wanted = await Promise.all([givenEndpoint(), givenEndpoint()]);
    const others = await Promise.all([
      givenEndpoint({ events: ['user.registered'] }),
      givenEndpoint({ status: 'off', offReason: 'owner', offAt: 0 } as Partial<Endpoint>),
    ]);
    await kit.replica({ clock }).fanOut(orderEvent(tenant));
    for (const endpoint of wanted) await delivery(endpoint, ({ status }) => status === 'delivered');
    for (const endpoint of others) expect(await kit.deliveriesOf(endpoint)).toEqual([]);
    expect(requests()).toHaveLength(2);
  });

  it('carries both signatures during a rotation', async () => {
    const [fresh, old] = [newSecret(), newSecret()];
    const secrets = [
      { value: fresh, createdAt: clock.now() },
      { value: old, createdAt: 0, expiresAt: clock.now() + day },
    ];
    const endpoint = await givenEndpoint({ secrets });
    await kit.replica({ clock }).fanOut(orderEvent(tenant));
    await delivery(endpoint, ({ status }) => status === 'delivered');
    const { headers, body } = requests()[0]!;
    for (const secret of [fresh, old]) new Webhook(secret).verify(body, headers as Record<string, string>);
  });

  it('may be as large as an event', async () => {
    const endpoint = await givenEndpoint();
    const event = { ...orderEvent(tenant), payload: { filler: 'ü'.repeat(120_000) } };
    await kit.replica({ clock }).fanOut(event);
    await delivery(endpoint, ({ status }) => status === 'delivered');
    expect(JSON.parse(requests()[0]!.body)).toMatchObject({ data: event.payload });
  });
});

describe('a receiver that does not take it', () => {
  it('is tried eight times on the schedule, with the same id and body, and then no more', async () => {
    answer(500, {}, 'out of order');
    const endpoint = await givenEndpoint();
    await kit.replica({ clock }).fanOut(orderEvent(tenant));
    for (const [index, delayMs] of retryDelaysMs.entries()) {
      const row = await delivery(endpoint, attempted(index + 1));
      const last = row.attempts.at(-1)!;
      expect(row.status).toBe('pending');
      expect(row.dueAt! - last.at - last.durationMs).toBeGreaterThanOrEqual(delayMs - 50);
      expect(row.dueAt! - last.at - last.durationMs).toBeLessThan(delayMs + 2_000);
      clock.advance(delayMs + 2_000);
    }
    const row = await delivery(endpoint, ({ status }) => status === 'failed');
    expect(row).toMatchObject({ failureReason: 'exhausted', dueAt: undefined });
    expect(row.attempts).toHaveLength(8);
    expect(row.attempts[7]).toMatchObject({ statusCode: 500, error: 'answered 500', response: 'out of order' });
    expect(new Set(requests().map(({ headers, body }) => `${String(headers['webhook-id'])} ${body}`)).size).toBe(1);
  });

  it('gets it when it works again, and is healthy from then on', async () => {
    answer(500);
    const endpoint = await givenEndpoint();
    await kit.replica({ clock }).fanOut(orderEvent(tenant));
    await delivery(endpoint, attempted(1));
    await eventually(async () => (await read(endpoint)).failingSince !== undefined);
    answer(204);
    clock.advance(7_000);
    expect((await delivery(endpoint, ({ status }) => status === 'delivered')).attempts).toHaveLength(2);
    await eventually(async () => (await read(endpoint)).failingSince === undefined);
  });

  it.each([301, 302, 307, 308])('has failed when it redirects with %i: redirects are not followed', async (status) => {
    answer(status, { location: `${receiver.url}/elsewhere` });
    const endpoint = await givenEndpoint();
    await kit.replica({ clock }).fanOut(orderEvent(tenant));
    const row = await delivery(endpoint, attempted(1));
    expect(row.attempts[0]).toMatchObject({
      statusCode: status,
      error: expect.stringContaining('not followed') as string,
    });
    expect(receiver.requests.some((request) => request.path === '/elsewhere')).toBe(false);
  });

  it('is left in peace for as long as it asks for by Retry-After, with all its deliveries', async () => {
    answer(429, { 'retry-after': '120' });
    const endpoint = await givenEndpoint();
    const replica = kit.replica({ clock });
    await replica.fanOut(orderEvent(tenant));
    const first = await delivery(endpoint, attempted(1));
    expect(first.dueAt! - clock.now()).toBeGreaterThan(115_000);
    await eventually(async () => (await read(endpoint)).notBefore !== undefined);
    answer(200);
    await replica.fanOut(orderEvent(tenant));
    const [second] = await kit.deliveriesOf(endpoint);
    expect(second).toMatchObject({ attempts: [], leaseUntil: undefined });
    expect(second!.dueAt! - clock.now()).toBeGreaterThan(115_000);
    clock.advance(122_000);
    await eventually(async () => (await kit.deliveriesOf(endpoint)).every(({ status }) => status === 'delivered'));
    expect(requests()).toHaveLength(3);
  });

  it('has failed when it does not answer in time, with the reason', async () => {
    answers.set(path(), () => {});
    const endpoint = await givenEndpoint();
    await kit.replica({ clock, attemptTimeoutMs: 200 }).fanOut(orderEvent(tenant));
    const row = await delivery(endpoint, attempted(1));
    expect(row.attempts[0]).toMatchObject({ error: 'no complete answer within 0.2 s' });
    expect(row.attempts[0]!.durationMs).toBeGreaterThanOrEqual(190);
  });

  it('has failed when nobody listens, or when it is inside', async () => {
    const closed = await kit.endpoint(tenant, 'http://127.0.0.1:9/');
    const inside = await kit.endpoint(tenant, 'http://127.0.0.2/');
    await kit.replica({ clock }).fanOut(orderEvent(tenant));
    expect((await delivery(closed, attempted(1))).attempts[0]!.error).toBe('ECONNREFUSED');
    expect((await delivery(inside, attempted(1))).attempts[0]!.error).toBe('The host is not on the public internet.');
  });

  it('cannot make us read for ever', async () => {
    answers.set(path(), (_request, response) => {
      response.writeHead(200);
      const endless = setInterval(() => response.write('x'.repeat(10_000)), 1);
      response.on('close', () => clearInterval(endless));
    });
    const endpoint = await givenEndpoint();
    await kit.replica({ clock }).fanOut(orderEvent(tenant));
    const row = await delivery(endpoint, ({ status }) => status === 'delivered');
    expect(row.attempts[0]!.response).toHaveLength(500);
  });
});

describe('an endpoint is switched off', () => {
  const givenOwner = () =>
    kit.contacts.remember({ tenantId: tenant, userId: 'u-1', email: 'ada@example.com', role: 'owner' });
  const feedTitles = async () =>
    (await kit.feed.page({ tenantId: tenant, limit: 10 })).entries.map(({ title }) => title);
  const mailsAbout = ({ endpointId }: Endpoint) =>
    kit.mails.filter(({ reference }) => reference.startsWith(endpointId));

  it('by 410, and the owners of the tenant are told, once', async () => {
    answer(410);
    await givenOwner();
    const endpoint = await givenEndpoint();
    const replica = kit.replica({ clock });
    await Promise.all(Array.from({ length: 5 }, () => replica.fanOut(orderEvent(tenant))));
    await eventually(async () => (await kit.endpoints.get(tenant, endpoint.endpointId))!.status === 'off');
    await eventually(() => mailsAbout(endpoint).length > 0);
    expect(await kit.endpoints.get(tenant, endpoint.endpointId)).toMatchObject({ status: 'off', offReason: 'gone' });
    expect(await feedTitles()).toEqual(['Webhook endpoint switched off: it answered 410 Gone']);
    await eventually(async () => (await kit.deliveriesOf(endpoint)).every(({ status }) => status === 'failed'));
    expect(mailsAbout(endpoint)).toEqual([expect.objectContaining({ to: ['ada@example.com'] })]);
    expect(mailsAbout(endpoint)[0]!.text).toContain(endpoint.url);
  });

  it('after five days of failure, and what is still due for it ends', async () => {
    answer(500);
    await givenOwner();
    const health = { failingSince: clock.now() - 5 * day, lastFailureAt: clock.now() - 60 * minute };
    const endpoint = await givenEndpoint(health as Partial<Endpoint>);
    await kit.replica({ clock }).fanOut(orderEvent(tenant));
    await eventually(async () => (await kit.endpoints.get(tenant, endpoint.endpointId))!.status === 'off');
    expect(await feedTitles()).toEqual(['Webhook endpoint switched off: it failed for 5 days']);
    clock.advance(7_000);
    const row = await delivery(endpoint, ({ status }) => status === 'failed');
    expect(row).toMatchObject({ failureReason: 'endpoint-off' });
    expect(requests()).toHaveLength(1);
    await eventually(() => mailsAbout(endpoint).length === 1);
  });

  it('and a deleted endpoint gets nothing more', async () => {
    answer(500);
    const endpoint = await givenEndpoint();
    await kit.replica({ clock }).fanOut(orderEvent(tenant));
    await delivery(endpoint, attempted(1));
    await kit.endpoints.remove(tenant, endpoint.endpointId);
    clock.advance(7_000);
    expect(await delivery(endpoint, ({ status }) => status === 'failed')).toMatchObject({
      failureReason: 'endpoint-off',
    });
    expect(requests()).toHaveLength(1);
  });
});

async function read({ tenantId, endpointId }: Endpoint): Promise<Endpoint & { status: 'active' }> {
  return (await kit.endpoints.get(tenantId, endpointId)) as Endpoint & { status: 'active' };
}

leakCheck();
