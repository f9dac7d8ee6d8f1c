import { eventually, leakCheck } from '@atlas/testing';
import type { ApiClient } from '../../../test/api-client.ts';
import { type FakeService, startFakeService } from '../../../test/fake-service.ts';
import {
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../../test/gateway-kit.ts';

let kit: GatewayKit;
let service: FakeService;
let gateway: RunningGateway;
let operator: ApiClient;

const mostAtOnce = 3;

beforeAll(async () => {
  service = await startFakeService();
  kit = await openGatewayKit();
  gateway = await kit.start({
    config: { NOTIFICATION_URL: service.url },
    shadow: { lookAgainAfterMs: 50, timeoutMs: 300, mostAtOnce, mostPerSecond: 1_000, controlTwice: 1 },
  });
  operator = await signInOperator(gateway);
});

afterAll(async () => {
  await gateway.stop();
  await service.close();
  await kit.close();
});

const setMode = async (mode: string) => {
  const response = await operator.send('PUT', '/operator/slices/feed', { body: { mode, reason: 'a test' } });
  expect(response.status).toBe(200);
};

// Each test begins a state of its own, and with it numbers of its own.
beforeEach(async () => {
  await setMode('shadow');
  service.answer = () => ({ body: { items: [], next_cursor: null } });
});

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function untilCompared(check: (slice: any) => void) {
  return eventually(async () => {
    const { body } = await operator.get('/operator/slices/feed');
    check(body);
    return body;
  });
}

/** What the service would say if it were right: the monolith's answer, with other event ids and times. */
async function rightAnswer(client: ApiClient) {
  // Not in shadow: a comparison of this request would be among those that the test counts.
  await setMode('monolith');
  const { body } = await client.get('/feed');
  await setMode('shadow');
  const items = (body.items as { type: string }[]).map((item) => ({
    ...item,
    id: 'other',
    occurred_at: '2026-11-22T08:00:00.000Z',
    ...(item.type === 'user.registered' && { event_id: 'other' }),
  }));
  return { items: items.toReversed(), next_cursor: null };
}

describe('in shadow', () => {
  it('the monolith answers, and the service is asked the same in the name of the same user', async () => {
    const { client } = await signUp(gateway);
    const asked = service.requests.length;
    const response = await client.get('/feed?limit=7');
    expect(response).toMatchObject({ status: 200, body: { items: [{ type: 'user.registered' }] } });
    expect(response.headers.get('atlas-slice')).toBe('feed; mode=shadow; by=monolith');
    await eventually(() => service.requests.length > asked);
    const { path, headers } = service.requests[asked]!;
    expect(path).toBe('/feed?limit=7');
    expect(headers.authorization).toMatch(/^Bearer ey/);
    expect(headers['x-request-id']).toBe(response.headers.get('x-request-id'));
    expect(headers['traceparent']?.slice(0, 35)).toBe(response.headers.get('traceparent')?.slice(0, 35));
    await untilCompared(({ since_change }) => expect(since_change.comparisons.mismatch).toBe(1));
  });

  it('equal answers match, apart from what the table ignores', async () => {
    const { client } = await signUp(gateway);
    await client.post(`/orders/${await placeOrder(client)}/complete`);
    const right = await rightAnswer(client);
    service.answer = () => ({ body: right });
    expect((await client.get('/feed')).body.items).toHaveLength(2);
    const slice = await untilCompared(({ since_change }) => expect(since_change.comparisons.match).toBe(1));
    expect(slice.since_change).toMatchObject({
      comparisons: { compared: 1, match_rate: 1, mismatch: 0 },
      monolith: { requests: 1, errors: 0, p50_ms: expect.any(Number) },
      service: { requests: 1, errors: 0, p99_ms: expect.any(Number) },
      control: { repeated: 1, differed: 0 },
    });
  });

  it('a difference that stays is a mismatch, and its example says nothing that belongs to the tenant', async () => {
    const { client, tenantId, userId } = await signUp(gateway);
    const answer = await rightAnswer(client);
    service.answer = () => ({
      body: { ...answer, items: answer.items.map((item) => ({ ...item, type: 'user.joined', title: 'Ada is here' })) },
    });
    await client.get('/feed?limit=5', { headers: { 'x-correlation-id': 'find-me' } });
    const slice = await untilCompared(({ since_change }) => expect(since_change.comparisons.mismatch).toBe(1));
    expect(slice.since_change.comparisons.match_rate).toBe(0);
    const [example] = slice.mismatches;
    expect(example).toMatchObject({ tenant_id: tenantId, request: '/feed?limit=…', correlation_id: 'find-me' });
    expect(example.differences).toEqual(
      expect.arrayContaining([
        { path: "$['items'][0]['type']", monolith: 'user.registered', service: 'user.joined' },
        { path: "$['items'][0]['title']", monolith: 'text of 19', service: 'text of 11' },
      ]),
    );
    expect(JSON.stringify(example)).not.toMatch(/Ada/);
    expect(JSON.stringify(example.differences)).not.toContain(userId);
  });

  it('a read model that lags is no mismatch: both are asked again', async () => {
    const { client } = await signUp(gateway);
    const right = await rightAnswer(client);
    let asked = 0;
    service.answer = () => ({ body: asked++ === 0 ? { items: [], next_cursor: null } : right });
    await client.get('/feed');
    const slice = await untilCompared(({ since_change }) => expect(since_change.comparisons.lag).toBe(1));
    expect(slice.since_change.comparisons).toMatchObject({ mismatch: 0, match_rate: 1 });
  });

  it('refusals are compared by their status', async () => {
    const { client } = await signUp(gateway);
    service.answer = () => ({ status: 400, body: { code: 'INVALID_QUERY', request_id: 'other' } });
    expect((await client.get('/feed?limit=0')).status).toBe(400);
    await untilCompared(({ since_change }) => expect(since_change.comparisons.match).toBe(1));
    service.answer = () => ({ body: { items: [], next_cursor: null } });
    expect((await client.get('/feed?limit=0')).status).toBe(400);
    const slice = await untilCompared(({ since_change }) => expect(since_change.comparisons.mismatch).toBe(1));
    expect(slice.mismatches[0].differences).toEqual([{ path: 'status', monolith: 400, service: 200 }]);
  });

  it.each([
    ['a server error', () => ({ status: 500 })],
    ['an answer that never comes', () => new Promise<never>(() => {})],
  ])('%s of the service is an error of the service, and nothing that the user notices', async (_name, answer) => {
    const { client } = await signUp(gateway);
    service.answer = answer;
    expect((await client.get('/feed')).status).toBe(200);
    const slice = await untilCompared(({ since_change }) => expect(since_change.service.errors).toBe(1));
    expect(slice.since_change).toMatchObject({ monolith: { errors: 0 }, comparisons: { compared: 0 } });
  });

  it('the user has the answer before the service has begun to think', async () => {
    const { client } = await signUp(gateway);
    const thinking = Promise.withResolvers<object>();
    service.answer = () => thinking.promise;
    const asked = service.requests.length;
    for (let turn = 0; turn < mostAtOnce; turn += 1) expect((await client.get('/feed')).status).toBe(200);
    await eventually(() => service.requests.length === asked + mostAtOnce);
    // All places are taken now: the next ones are not compared, and answered all the same.
    for (let turn = 0; turn < 2; turn += 1) expect((await client.get('/feed')).status).toBe(200);
    await untilCompared(({ since_change }) => expect(since_change.comparisons.skipped_busy).toBe(2));
    expect(service.requests).toHaveLength(asked + mostAtOnce);
    thinking.resolve({ body: { items: [], next_cursor: null } });
  });

  it.each([
    ['text', { headers: { 'content-type': 'text/plain' }, body: 'hello' }],
    ['a huge answer', { body: 'x'.repeat(600 * 1024) }],
  ])('%s is not compared', async (_name, answer) => {
    const { client } = await signUp(gateway);
    service.answer = () => answer;
    await client.get('/feed');
    await untilCompared(({ since_change }) => expect(since_change.comparisons.skipped_incomparable).toBe(1));
  });

  it('nothing that changes something is asked twice', async () => {
    const { client } = await signUp(gateway);
    const asked = service.requests.length;
    await client.post('/feed', { body: {}, described: false });
    await client.get('/feed');
    await eventually(() => service.requests.length === asked + 1);
    expect(service.requests[asked]).toMatchObject({ method: 'GET' });
  });

  it('the numbers are metrics, too', async () => {
    const { client } = await signUp(gateway);
    await client.get('/feed');
    await eventually(async () => {
      const text = await (await fetch(`${gateway.url}/metrics`)).text();
      expect(text).toMatch(/atlas_slice_answer_seconds_count\{.*slice="feed",side="service",outcome="ok"\} [1-9]/);
      expect(text).toMatch(/atlas_slice_comparisons_total\{.*slice="feed",result="mismatch".*\} [1-9]/);
    });
  });
});

leakCheck();
