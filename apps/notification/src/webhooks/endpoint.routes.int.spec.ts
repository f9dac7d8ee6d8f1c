import { eventually, type HttpFake, leakCheck, type ServiceClient, startHttpFake } from '@atlas/testing';
import { Webhook } from 'standardwebhooks';
import { type NotificationKit, openNotificationKit, type Service } from '../../test/notification-kit.ts';
import { createTestClock } from '../../test/test-clock.ts';
import { newTenant } from '../../test/webhook-kit.ts';

let kit: NotificationKit;
let service: Service;
let receiver: HttpFake;
let owner: ServiceClient;
let tenant: string;
const clock = createTestClock();
const wish = (change: object = {}) => ({
  url: `${receiver.url}/hooks/${tenant}`,
  events: ['order.completed'],
  ...change,
});

beforeAll(async () => {
  kit = await openNotificationKit();
  receiver = await startHttpFake();
  service = await kit.start({ clock: clock.clock });
});
beforeEach(() => {
  tenant = newTenant();
  owner = service.as(tenant);
});
afterAll(async () => {
  await service.stop();
  await kit.close();
  await receiver.close();
});

const created = async (change: object = {}) =>
  (await owner('POST', '/webhooks/endpoints', { body: wish(change) })).body;
const pathOf = (endpoint: { endpoint_id: string }) => `/webhooks/endpoints/${endpoint.endpoint_id}`;

describe('an endpoint', () => {
  it('is created, read, listed, changed and deleted; its secret is shown once', async () => {
    const answer = await owner('POST', '/webhooks/endpoints', { body: wish({ description: 'staging' }) });
    expect(answer.status).toBe(201);
    const { secret, ...endpoint } = answer.body;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(endpoint).toMatchObject({ ...wish(), description: 'staging', status: 'active', off_reason: null });
    expect(answer.headers.get('location')).toBe(pathOf(endpoint));
    expect((await owner('GET', pathOf(endpoint))).body).toEqual(endpoint);
    expect((await owner('GET', '/webhooks/endpoints')).body).toEqual({ items: [endpoint], next_cursor: null });

    const change = { events: ['user.registered', 'order.completed'], description: 'production' };
    const changed = await owner('PATCH', pathOf(endpoint), { body: change });
    expect(changed).toMatchObject({ status: 200, body: { ...change, url: endpoint.url } });
    expect((await owner('GET', pathOf(endpoint))).body).toEqual(changed.body);

    expect((await owner('DELETE', pathOf(endpoint))).status).toBe(204);
    expect((await owner('DELETE', pathOf(endpoint))).status).toBe(404);
    expect((await owner('GET', pathOf(endpoint))).status).toBe(404);
    expect((await owner('GET', '/webhooks/endpoints')).body.items).toEqual([]);
  });

  it('is switched off and on by its owner', async () => {
    const endpoint = await created();
    const off = await owner('PATCH', pathOf(endpoint), { body: { status: 'off' } });
    expect(off.body).toMatchObject({ status: 'off', off_reason: 'owner', off_at: expect.any(String) as string });
    expect((await owner('POST', `${pathOf(endpoint)}/test`)).body.code).toBe('ENDPOINT_OFF');
    const on = await owner('PATCH', pathOf(endpoint), { body: { status: 'active' } });
    expect(on.body).toMatchObject({ status: 'active', off_reason: null, off_at: null });
  });

  it('survives changes by many at once: each is applied to what the others left', async () => {
    const endpoint = await created();
    const changes = [{ description: 'x' }, { events: ['user.registered'] }, { status: 'off' }];
    const answers = await Promise.all(changes.map((body) => owner('PATCH', pathOf(endpoint), { body })));
    const done = answers.filter(({ status }) => status === 200).length;
    expect(answers.filter(({ status }) => status !== 200 && status !== 409)).toEqual([]);
    expect(done).toBeGreaterThanOrEqual(1);
    const now = (await owner('GET', pathOf(endpoint))).body;
    for (const [i, change] of changes.entries()) if (answers[i]!.status === 200) expect(now).toMatchObject(change);
  });

  it('is listed page by page, oldest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.push((await created()).endpoint_id);
    const list = async (query: string) => (await owner('GET', `/webhooks/endpoints${query}`)).body;
    const first = await list('?limit=3');
    const second = await list(`?limit=3&cursor=${first.next_cursor}`);
    const seen = [...first.items, ...second.items].map((item: { endpoint_id: string }) => item.endpoint_id);
    expect(seen).toEqual(ids);
    expect(second.next_cursor).toBeNull();
    const foreign = await service.as(newTenant())('GET', `/webhooks/endpoints?cursor=${first.next_cursor}`);
    expect(foreign).toMatchObject({ status: 400, body: { code: 'INVALID_CURSOR' } });
  });

  it('cannot be had without end', async () => {
    const bodies = await Promise.all(
      Array.from({ length: 50 }, () => owner('POST', '/webhooks/endpoints', { body: wish() })),
    );
    expect(bodies.every(({ status }) => status === 201)).toBe(true);
    const more = await owner('POST', '/webhooks/endpoints', { body: wish() });
    expect(more).toMatchObject({ status: 409, body: { code: 'TOO_MANY_ENDPOINTS' } });
  });
});

describe('a test event', () => {
  it('goes the way of every delivery, whatever types were chosen, and is in the log', async () => {
    const endpoint = await created({ events: ['charge.failed'] });
    const answer = await owner('POST', `${pathOf(endpoint)}/test`, { body: {} });
    expect(answer.status).toBe(202);
    const { webhook_id } = answer.body;
    const request = await eventually(
      () => receiver.requests.find((r) => r.headers['webhook-id'] === webhook_id) ?? false,
    );
    const event = new Webhook(endpoint.secret).verify(request.body, request.headers as Record<string, string>);
    expect(event).toMatchObject({ type: 'webhook.test', data: { endpoint_id: endpoint.endpoint_id } });
    const log = await eventually(async () => {
      const { body } = await owner('GET', `${pathOf(endpoint)}/deliveries`);
      return body.items[0]?.status === 'delivered' ? body : false;
    });
    expect(log).toEqual({
      next_cursor: null,
      items: [
        {
          webhook_id,
          event_id: answer.body.event_id,
          type: 'webhook.test',
          status: 'delivered',
          failure_reason: null,
          created_at: expect.any(String) as string,
          next_attempt_at: null,
          attempts: [
            {
              at: expect.any(String) as string,
              duration_ms: expect.any(Number) as number,
              status_code: 200,
              error: null,
              response: null,
            },
          ],
        },
      ],
    });
  });
});

describe('the delivery log', () => {
  it('is read in pages, newest first, and filtered by status', async () => {
    const endpoint = await created();
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.unshift((await owner('POST', `${pathOf(endpoint)}/test`)).body.webhook_id);
    const log = `${pathOf(endpoint)}/deliveries`;
    await eventually(async () => (await owner('GET', `${log}?status=delivered`)).body.items.length === 5);
    const first = (await owner('GET', `${log}?limit=2`)).body;
    const second = (await owner('GET', `${log}?limit=2&cursor=${first.next_cursor}`)).body;
    const third = (await owner('GET', `${log}?limit=2&cursor=${second.next_cursor}`)).body;
    const seen = [first, second, third].flatMap(({ items }) =>
      items.map((item: { webhook_id: string }) => item.webhook_id),
    );
    expect(seen).toEqual(ids);
    expect(third.next_cursor).toBeNull();

    const filtered = (await owner('GET', `${log}?limit=2&status=delivered`)).body;
    expect(filtered.items).toEqual(first.items);
    const rest = (await owner('GET', `${log}?limit=100&status=delivered&cursor=${filtered.next_cursor}`)).body;
    expect(rest.items).toHaveLength(3);
    expect((await owner('GET', `${log}?status=failed`)).body).toEqual({ items: [], next_cursor: null });
    expect((await owner('GET', `${log}?cursor=${filtered.next_cursor}`)).body.code).toBe('INVALID_CURSOR');
  });
});

describe('rotation of the secret', () => {
  const sent = async (endpoint: { endpoint_id: string }) => {
    const { webhook_id } = (await owner('POST', `${pathOf(endpoint)}/test`)).body;
    const find = () => receiver.requests.find((request) => request.headers['webhook-id'] === webhook_id) ?? false;
    return eventually(find);
  };
  const signatures = (request: { headers: Record<string, unknown> }) =>
    String(request.headers['webhook-signature']).split(' ').length;

  it('shows a new secret; both sign for 24 hours, then the new one alone', async () => {
    const endpoint = await created();
    const rotated = await owner('POST', `${pathOf(endpoint)}/rotate-secret`);
    expect(rotated).toMatchObject({ status: 200, body: { previous_secret_expires_at: expect.any(String) as string } });
    expect(rotated.body.secret).not.toBe(endpoint.secret);
    const both = await sent(endpoint);
    for (const secret of [endpoint.secret, rotated.body.secret]) {
      new Webhook(secret).verify(both.body, both.headers as Record<string, string>);
    }
    clock.advance(24 * 3_600_000 + 1_000);
    expect(signatures(await sent(endpoint))).toBe(1);
    expect((await owner('GET', pathOf(endpoint))).body.previous_secret_expires_at).toBeNull();
  });
});

describe('Idempotency-Key', () => {
  const posts: [string, () => Promise<{ path: string; body: unknown; effects: () => Promise<number> }>][] = [
    [
      'creating',
      async () => ({
        path: '/webhooks/endpoints',
        body: wish(),
        effects: async () => (await owner('GET', '/webhooks/endpoints')).body.items.length,
      }),
    ],
    [
      'rotating',
      async () => {
        const endpoint = await created();
        const path = `${pathOf(endpoint)}/rotate-secret`;
        return { path, body: {}, effects: async () => signaturesOf(endpoint) };
      },
    ],
    [
      'testing',
      async () => {
        const path = pathOf(await created());
        const effects = async () => (await owner('GET', `${path}/deliveries`)).body.items.length;
        return { path: `${path}/test`, body: {}, effects };
      },
    ],
  ];
  /** One rotation more is one signature more: the test's own event tells how many there were. */
  async function signaturesOf(endpoint: { endpoint_id: string }): Promise<number> {
    const { webhook_id } = (await owner('POST', `${pathOf(endpoint)}/test`)).body;
    const request = await eventually(
      () => receiver.requests.find((r) => r.headers['webhook-id'] === webhook_id) ?? false,
    );
    return String(request.headers['webhook-signature']).split(' ').length - 1;
  }

  it.each(posts)('makes %s happen once, and the answer is given again', async (_name, given) => {
    const { path, body, effects } = await given();
    const first = await owner('POST', path, { body, key: 'key-1' });
    const again = await owner('POST', path, { body, key: 'key-1' });
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect([again.status, again.body]).toEqual([first.status, first.body]);
    expect(await effects()).toBe(1);
  });

  it.each(posts)('makes %s happen once when requests come at the same moment', async (_name, given) => {
    const { path, body, effects } = await given();
    const answers = await Promise.all(Array.from({ length: 8 }, () => owner('POST', path, { body, key: 'key-2' })));
    const fresh = answers.filter(({ status, headers }) => status < 300 && !headers.has('idempotent-replayed'));
    expect(fresh).toHaveLength(1);
    const others = answers.filter((answer) => answer !== fresh[0]);
    expect(others.every(({ status, headers }) => status === 409 || headers.has('idempotent-replayed'))).toBe(true);
    expect(await effects()).toBe(1);
  });

  it('refuses the key of another request, and a malformed one', async () => {
    await owner('POST', '/webhooks/endpoints', { body: wish(), key: 'key-3' });
    const other = await owner('POST', '/webhooks/endpoints', { body: wish({ description: 'other' }), key: 'key-3' });
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_KEY_REUSED' } });
    const malformed = await owner('POST', '/webhooks/endpoints', { body: wish(), key: 'k'.repeat(256) });
    expect(malformed).toMatchObject({ status: 400, body: { code: 'IDEMPOTENCY_KEY_MALFORMED' } });
  });

  it('is free again after a request that had no effect', async () => {
    const refused = await owner('POST', '/webhooks/endpoints', { body: wish({ events: [] }), key: 'key-4' });
    expect(refused.status).toBe(400);
    expect((await owner('POST', '/webhooks/endpoints', { body: wish(), key: 'key-4' })).status).toBe(201);
  });

  it('belongs to one tenant', async () => {
    await owner('POST', '/webhooks/endpoints', { body: wish(), key: 'key-5' });
    const other = await service.as(newTenant())('POST', '/webhooks/endpoints', { body: wish(), key: 'key-5' });
    expect([other.status, other.headers.get('idempotent-replayed')]).toEqual([201, null]);
  });
});

leakCheck();
