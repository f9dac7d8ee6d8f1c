import { leakCheck, routesOf } from '@atlas/testing';
import { type NotificationKit, openNotificationKit, type Service } from '../test/notification-kit.ts';
import { newTenant } from '../test/webhook-kit.ts';

let kit: NotificationKit;
let service: Service;
const url = 'https://example.com/hooks';
const endpoint = { url, events: ['order.completed'] };

/** Every route of the service behind the identity; `:id` is replaced. */
const routes: [method: string, path: string, body: unknown][] = [
  ['GET', '/feed', undefined],
  ['GET', '/webhooks/endpoints', undefined],
  ['POST', '/webhooks/endpoints', endpoint],
  ['GET', '/webhooks/endpoints/:id', undefined],
  ['PATCH', '/webhooks/endpoints/:id', { description: 'theirs' }],
  ['POST', '/webhooks/endpoints/:id/rotate-secret', {}],
  ['POST', '/webhooks/endpoints/:id/test', {}],
  ['GET', '/webhooks/endpoints/:id/deliveries', undefined],
  ['DELETE', '/webhooks/endpoints/:id', undefined],
];
/** What load balancers and Prometheus ask, who have no identity. */
const open = ['/health/live', '/health/ready', '/metrics'];
const aboutOne = routes.filter(([, path]) => path.includes(':id'));
const changing = routes.filter(([method]) => method !== 'GET');

beforeAll(async () => {
  kit = await openNotificationKit();
  service = await kit.start();
});
afterAll(async () => {
  await service.stop();
  await kit.close();
});

const givenEndpoint = async (tenant: string): Promise<string> =>
  (await service.as(tenant)('POST', '/webhooks/endpoints', { body: endpoint })).body.endpoint_id;

describe('identity', () => {
  it.each([...routes, ['GET', '/no-such-path', undefined], ['POST', '/feed', {}]])(
    '%s %s answers 401 without one',
    async (method, path, body) => {
      const answer = await service.anonymous(method, path.replace(':id', 'x'), { body });
      expect(answer).toMatchObject({ status: 401, body: { code: 'IDENTITY_REQUIRED' } });
      expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    },
  );

  it.each(routes)(
    '%s %s answers 401 for the token of another service, and for plain headers',
    async (method, path, body) => {
      const target = path.replace(':id', 'x');
      const other = await service.as(newTenant(), 'owner', 'billing')(method, target, { body });
      expect(other).toMatchObject({ status: 401, body: { code: 'IDENTITY_INVALID' } });
      const headers = { 'x-tenant-id': newTenant(), 'x-user-id': 'u', 'x-roles': 'owner' };
      expect((await service.anonymous(method, target, { body, headers })).status).toBe(401);
    },
  );

  it('is needed for every route that the router has, but health and metrics', async () => {
    const all = routesOf(service.express).map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    const answers = await Promise.all(
      all.map(async (route) => {
        const [method = '', path = ''] = route.split(' ');
        const body = method === 'GET' ? undefined : {};
        const target = path.replaceAll(/:\w+/g, 'x');
        const forged = { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' };
        const statuses = [{}, forged].map((headers) => service.anonymous(method, target, { body, headers }));
        return { route, statuses: (await Promise.all(statuses)).map(({ status }) => status) };
      }),
    );
    const answered = answers.filter(({ statuses }) => statuses.some((status) => status !== 401));
    expect(answered.map(({ route }) => route)).toEqual(open.map((path) => `GET ${path}`));
    // The table above is complete, so that what it is used for is true of every route.
    expect(all.length - open.length).toBe(routes.length);
  });

  it('is not needed for health and metrics', async () => {
    for (const path of open) {
      expect((await service.anonymous('GET', path)).status).toBe(200);
    }
    expect((await service.anonymous('GET', '/health/ready')).body.checks).toEqual({
      redis: { status: 'ok' },
      dynamodb: { status: 'ok' },
      sqs: { status: 'ok' },
      smtp: { status: 'ok' },
    });
  });
});

describe('tenants never mix', () => {
  it.each(aboutOne)('%s %s is a 404 for the endpoint of another tenant', async (method, path, body) => {
    const theirs = newTenant();
    const id = await givenEndpoint(theirs);
    const before = (await service.as(theirs)('GET', `/webhooks/endpoints/${id}`)).body;
    const answer = await service.as(newTenant())(method, path.replace(':id', id), { body });
    expect(answer).toMatchObject({ status: 404, body: { code: 'ENDPOINT_NOT_FOUND' } });
    expect((await service.as(theirs)('GET', `/webhooks/endpoints/${id}`)).body).toEqual(before);
  });

  it('a list shows nothing of another tenant', async () => {
    await givenEndpoint(newTenant());
    for (const path of ['/feed', '/webhooks/endpoints']) {
      expect((await service.as(newTenant())('GET', path)).body).toEqual({ items: [], next_cursor: null });
    }
  });

  it('an id cannot reach into another partition', async () => {
    const theirs = newTenant();
    const id = await givenEndpoint(theirs);
    for (const crafted of [`../${theirs}/${id}`, `x#ENDPOINT#${id}`, `${theirs}#ENDPOINT#${id}`]) {
      const path = `/webhooks/endpoints/${encodeURIComponent(crafted)}`;
      expect([400, 404]).toContain((await service.as(newTenant())('GET', path)).status);
    }
  });
});

describe('roles', () => {
  it.each(changing)('%s %s is for owners', async (method, path, body) => {
    const tenant = newTenant();
    const id = await givenEndpoint(tenant);
    const answer = await service.as(tenant, 'member')(method, path.replace(':id', id), { body });
    expect(answer).toMatchObject({ status: 403, body: { code: 'OWNER_REQUIRED' } });
  });

  it('members read', async () => {
    const tenant = newTenant();
    const id = await givenEndpoint(tenant);
    const member = service.as(tenant, 'member');
    for (const [method, path] of routes.filter(([verb]) => verb === 'GET')) {
      expect((await member(method, path.replace(':id', id))).status).toBe(200);
    }
  });
});

describe('bad input is a 4xx that says what is wrong', () => {
  const post = ['POST', '/webhooks/endpoints'] as const;
  const patch = ['PATCH', '/webhooks/endpoints/:id'] as const;
  const withUrl = (bad: string) => ({ ...endpoint, url: bad });
  it.each<[string, readonly [string, string], unknown, number, string]>([
    ['no body', post, undefined, 415, 'JSON_BODY_REQUIRED'],
    ['an array', post, [], 400, 'INVALID_BODY'],
    ['an unknown field', post, { ...endpoint, secret: 'mine' }, 400, 'INVALID_BODY'],
    ['no events', post, { url }, 400, 'INVALID_BODY'],
    ['an empty list of events', post, { url, events: [] }, 400, 'INVALID_BODY'],
    ['an event that does not exist', post, { url, events: ['order.vanished'] }, 400, 'INVALID_BODY'],
    ['an event that is not sent here', post, { url, events: ['charge.succeeded'] }, 400, 'INVALID_BODY'],
    ['an event twice', post, { url, events: ['order.completed', 'order.completed'] }, 400, 'INVALID_BODY'],
    ['a relative URL', post, withUrl('/hooks'), 400, 'INVALID_BODY'],
    ['a URL with credentials', post, withUrl('https://user:pw@example.com/'), 400, 'INVALID_BODY'],
    ['another scheme', post, withUrl('ftp://example.com/'), 400, 'INVALID_BODY'],
    ['the metadata service', post, withUrl('http://169.254.169.254/'), 400, 'INVALID_BODY'],
    ['loopback as a number', post, withUrl('http://2130706434/'), 400, 'INVALID_BODY'],
    ['a very long URL', post, withUrl(`https://example.com/${'x'.repeat(2048)}`), 400, 'INVALID_BODY'],
    ['a very long description', post, { ...endpoint, description: 'x'.repeat(201) }, 400, 'INVALID_BODY'],
    ['a huge body', post, { ...endpoint, description: 'x'.repeat(40_000) }, 413, 'BODY_TOO_LARGE'],
    ['nothing to change', patch, {}, 400, 'INVALID_BODY'],
    ['another status', patch, { status: 'gone' }, 400, 'INVALID_BODY'],
    ['a blocked URL', patch, { url: 'http://[::1]/' }, 400, 'INVALID_BODY'],
    ['a body where none is expected', ['POST', '/webhooks/endpoints/:id/test'], { type: 'x' }, 400, 'INVALID_BODY'],
    ['a body at the rotation', ['POST', '/webhooks/endpoints/:id/rotate-secret'], { secret: 'x' }, 400, 'INVALID_BODY'],
    ['limit zero', ['GET', '/feed?limit=0'], undefined, 400, 'INVALID_QUERY'],
    ['limit too large', ['GET', '/feed?limit=101'], undefined, 400, 'INVALID_QUERY'],
    ['limit that is no number', ['GET', '/feed?limit=1e1'], undefined, 400, 'INVALID_QUERY'],
    ['limit twice', ['GET', '/feed?limit=1&limit=2'], undefined, 400, 'INVALID_QUERY'],
    ['an unknown query', ['GET', '/feed?offset=1'], undefined, 400, 'INVALID_QUERY'],
    ['a cursor of nobody', ['GET', '/feed?cursor=abc'], undefined, 400, 'INVALID_CURSOR'],
    ['an empty cursor', ['GET', '/feed?cursor='], undefined, 400, 'INVALID_QUERY'],
    [
      'another status of deliveries',
      ['GET', '/webhooks/endpoints/:id/deliveries?status=lost'],
      undefined,
      400,
      'INVALID_QUERY',
    ],
    ['a malformed path', ['GET', '/webhooks/endpoints/%E0%A4%A'], undefined, 400, 'MALFORMED_URL'],
    ['an endpoint that is not there', ['GET', '/webhooks/endpoints/none'], undefined, 404, 'ENDPOINT_NOT_FOUND'],
    ['another path', ['GET', '/webhooks'], undefined, 404, 'NOT_FOUND'],
    ['another method', ['PUT', '/webhooks/endpoints'], {}, 404, 'NOT_FOUND'],
  ])('%s', async (_name, [method, path], body, status, code) => {
    const tenant = newTenant();
    const id = path.includes(':id') ? await givenEndpoint(tenant) : '';
    const answer = await service.as(tenant)(method, path.replace(':id', id), { body });
    expect(answer).toMatchObject({ status, body: { status, code } });
    expect(answer.headers.get('content-type')).toMatch('application/problem+json');
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:/);
  });

  it.each([
    ['broken JSON', '{"url":', {}, 400, 'MALFORMED_BODY'],
    ['another type', 'url=x', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'JSON_BODY_REQUIRED'],
    ['another charset', '{}', { 'content-type': 'application/json; charset=ebcdic' }, 415, 'UNSUPPORTED_CHARSET'],
  ])('%s', async (_name, raw, headers, status, code) => {
    const answer = await service.as(newTenant())('POST', '/webhooks/endpoints', {
      raw,
      headers: headers as Record<string, string>,
    });
    expect(answer).toMatchObject({ status, body: { code } });
  });
});

it('answers with headers that keep a browser and a cache from harm', async () => {
  const { headers } = await service.as(newTenant())('GET', '/feed');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-powered-by')).toBeNull();
});

leakCheck();
