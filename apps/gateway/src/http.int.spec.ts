import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { leakCheck } from '@atlas/testing';
import fc from 'fast-check';
import type { ApiClient, ApiRequest, ApiResponse } from '../test/api-client.ts';
import {
  draft,
  type GatewayKit,
  openGatewayKit,
  placeOrder,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../test/gateway-kit.ts';

let kit: GatewayKit;
let gateway: RunningGateway;
let client: ApiClient;
let operator: ApiClient;
let tenantId: string;

beforeAll(async () => {
  kit = await openGatewayKit();
  gateway = await kit.start();
  ({ client, tenantId } = await signUp(gateway));
  operator = await signInOperator(gateway);
});

afterAll(async () => {
  await gateway.stop();
  await kit.close();
});

function expectProblem(response: ApiResponse, status: number | [number, number], code?: string) {
  const [lowest, highest] = typeof status === 'number' ? [status, status] : status;
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(response.status).toBeGreaterThanOrEqual(lowest);
  expect(response.status).toBeLessThanOrEqual(highest);
  expect(response.body).toMatchObject({ status: response.status, detail: expect.any(String), ...(code && { code }) });
}

const line = { sku: 'A', qty: 1, unit_price: '1.00' };
const json = { 'content-type': 'application/json' };
const deep = `{"currency":"GBP","lines":${'['.repeat(40_000)}${']'.repeat(40_000)}}`;
const signUpBody = { tenant_name: 'T', user_name: 'U', email: 'new@example.com', password: 'long enough' };

describe('a request that is wrong is answered with a 4xx problem', () => {
  const cases: [string, string, ApiRequest, number, string][] = [
    ['no body', '/orders', {}, 415, 'JSON_BODY_REQUIRED'],
    [
      'a body of text',
      '/orders',
      { raw: 'hello', headers: { 'content-type': 'text/plain' } },
      415,
      'JSON_BODY_REQUIRED',
    ],
    [
      'a form',
      '/orders',
      { raw: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'JSON_BODY_REQUIRED',
    ],
    ['a body without a type', '/orders', { raw: new Uint8Array([123, 125]) }, 415, 'JSON_BODY_REQUIRED'],
    [
      'an unknown charset',
      '/orders',
      { raw: '{}', headers: { 'content-type': 'application/json; charset=klingon' } },
      415,
      'UNSUPPORTED_CHARSET',
    ],
    [
      'an unknown encoding',
      '/orders',
      { raw: '{}', headers: { ...json, 'content-encoding': 'zstd-not' } },
      415,
      'UNSUPPORTED_ENCODING',
    ],
    [
      'damaged gzip',
      '/orders',
      { raw: 'not gzip', headers: { ...json, 'content-encoding': 'gzip' } },
      400,
      'MALFORMED_BODY',
    ],
    ['broken JSON', '/orders', { raw: '{"a":', headers: json }, 400, 'MALFORMED_BODY'],
    ['JSON that is no object', '/orders', { raw: '"text"', headers: json }, 400, 'MALFORMED_BODY'],
    ['an array', '/orders', { body: [] }, 400, 'INVALID_BODY'],
    ['null', '/orders', { raw: 'null', headers: json }, 400, 'MALFORMED_BODY'],
    [
      'a huge body',
      '/orders',
      { raw: JSON.stringify({ pad: 'x'.repeat(110_000) }), headers: json },
      413,
      'BODY_TOO_LARGE',
    ],
    [
      'a small body that unpacks to a huge one',
      '/orders',
      { raw: gzipSync(JSON.stringify('x'.repeat(10_000_000))), headers: { ...json, 'content-encoding': 'gzip' } },
      413,
      'BODY_TOO_LARGE',
    ],
    ['deep nesting', '/orders', { raw: deep, headers: json }, 400, 'INVALID_BODY'],
    ['an unknown field', '/orders', { body: { ...draft, discount: 1 } }, 400, 'INVALID_BODY'],
    ['an unknown field of a line', '/orders', { body: { ...draft, lines: [{ ...line, x: 1 }] } }, 400, 'INVALID_BODY'],
    [
      '__proto__',
      '/orders',
      { raw: '{"currency":"GBP","lines":[],"__proto__":{"a":1}}', headers: json },
      400,
      'INVALID_BODY',
    ],
    [
      'a price as a number',
      '/orders',
      { body: { ...draft, lines: [{ ...line, unit_price: 1 }] } },
      400,
      'INVALID_BODY',
    ],
    [
      'a negative price',
      '/orders',
      { body: { ...draft, lines: [{ ...line, unit_price: '-1' }] } },
      400,
      'INVALID_BODY',
    ],
    [
      'too exact a price',
      '/orders',
      { body: { ...draft, lines: [{ ...line, unit_price: '0.001' }] } },
      400,
      'INVALID_BODY',
    ],
    ['a quantity of zero', '/orders', { body: { ...draft, lines: [{ ...line, qty: 0 }] } }, 400, 'INVALID_BODY'],
    [
      'a quantity beyond exact integers',
      '/orders',
      { raw: '{"currency":"GBP","lines":[{"sku":"A","qty":1e300,"unit_price":"1"}]}', headers: json },
      400,
      'INVALID_BODY',
    ],
    [
      'a total beyond exact integers',
      '/orders',
      { body: { ...draft, lines: [{ ...line, qty: 1e9, unit_price: '90072' }] } },
      400,
      'INVALID_BODY',
    ],
    ['no lines', '/orders', { body: { ...draft, lines: [] } }, 400, 'INVALID_BODY'],
    [
      '1001 lines',
      '/orders',
      { body: { ...draft, lines: Array.from({ length: 1001 }, () => line) } },
      400,
      'INVALID_BODY',
    ],
    ['a blank sku', '/orders', { body: { ...draft, lines: [{ ...line, sku: '  ' }] } }, 400, 'INVALID_BODY'],
    ['a long sku', '/orders', { body: { ...draft, lines: [{ ...line, sku: 'x'.repeat(65) }] } }, 400, 'INVALID_BODY'],
    ['a NUL in a sku', '/orders', { body: { ...draft, lines: [{ ...line, sku: 'a\0b' }] } }, 400, 'INVALID_BODY'],
    [
      'half a surrogate pair',
      '/orders',
      { raw: '{"currency":"GBP","lines":[{"sku":"\\ud800","qty":1,"unit_price":"1"}]}', headers: json },
      400,
      'INVALID_BODY',
    ],
    ['an unknown currency', '/orders', { body: { ...draft, currency: 'XTS' } }, 400, 'INVALID_BODY'],
    ['an id that is none', '/orders/none/complete', {}, 400, 'INVALID_PATH'],
    ['a bad escape in an id', '/orders/%E0%A4%A/complete', {}, 400, 'MALFORMED_URL'],
    ['a NUL in an id', '/orders/%00/complete', {}, 400, 'INVALID_PATH'],
    [
      'a body where none is expected',
      `/orders/${crypto.randomUUID()}/complete`,
      { body: { force: true } },
      400,
      'INVALID_BODY',
    ],
    [
      'text where no body is expected',
      `/orders/${crypto.randomUUID()}/complete`,
      { raw: 'now', headers: { 'content-type': 'text/plain' } },
      415,
      'JSON_BODY_REQUIRED',
    ],
    ['an order that does not exist', `/orders/${crypto.randomUUID()}/complete`, {}, 404, 'ORDER_NOT_FOUND'],
    ['a path that does not exist', '/nothing', { body: {} }, 404, 'NOT_FOUND'],
    ['a short password', '/tenants', { body: { ...signUpBody, password: 'short' } }, 400, 'INVALID_BODY'],
    [
      'a name of the wrong type',
      '/tenants',
      { body: { ...signUpBody, user_name: { $ne: null } } },
      400,
      'INVALID_BODY',
    ],
    ['a NUL in a name', '/tenants', { body: { ...signUpBody, tenant_name: 'a\0' } }, 400, 'INVALID_BODY'],
    ['an address that is none', '/tenants', { body: { ...signUpBody, email: 'x' } }, 400, 'INVALID_BODY'],
    ['a NUL in an address', '/session', { body: { email: '\0', password: 'x' } }, 400, 'INVALID_BODY'],
    [
      'a password of the wrong type',
      '/session',
      { body: { email: 'a@example.com', password: ['x'] } },
      400,
      'INVALID_BODY',
    ],
    ['a role that is not theirs', '/operator/tenants/x/orders', { body: {} }, 403, 'ROLE_REQUIRED'],
  ];

  it.each(cases)('%s', async (_name, path, input, status, code) => {
    expectProblem(await client.post(path, input), status, code);
  });

  it('names each wrong field and the reason', async () => {
    const lines = [line, { sku: '', qty: -1, unit_price: 'x' }];
    const { body } = await client.post('/orders', { body: { currency: 'GBP', lines } });
    expect(body.errors).toEqual([
      { path: 'lines[1].sku', message: 'must not be empty' },
      { path: 'lines[1].qty', message: 'must be a positive whole number' },
    ]);
  });

  it.each([
    ['a cookie that nobody signed', 'atlas.sid=s%3Aabc.def'],
    ['an unsigned cookie', 'atlas.sid=abc'],
    ['a broken escape', 'atlas.sid=%E0%A4%A'],
    ['an empty one', 'atlas.sid='],
    ['garbage', ';;;=== =;'],
    ['a long one', `atlas.sid=s%3A${'x'.repeat(4000)}`],
    ['another prefix', '__Host-atlas.sid=s%3Aabc.def'],
  ])('%s as a cookie is no session', async (_name, cookie) => {
    expectProblem(await gateway.client().get('/orders', { headers: { cookie } }), 401, 'NOT_SIGNED_IN');
  });

  it('whatever JSON is sent', async () => {
    const paths = ['/orders', '/tenants', '/session', `/operator/tenants/${tenantId}/orders`];
    const value = fc.oneof(fc.jsonValue(), fc.object({ maxDepth: 3 }));
    const order = fc.record({
      currency: value,
      lines: fc.array(fc.record({ sku: value, qty: value, unit_price: value })),
    });
    const visitor = gateway.client();
    visitor.cookie = operator.cookie;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.oneof(value, order), async (path, body) => {
        const raw = JSON.stringify(body) ?? 'undefined';
        const response = await visitor.post(path, { raw, headers: { ...json, origin: gateway.url } });
        expectProblem(response, [400, 499]);
      }),
      { numRuns: 150 },
    );
  });

  it('a body that ends too early', async () => {
    const status = await new Promise<number | string>((resolve) => {
      const headers = { ...json, cookie: client.cookie!, 'sec-fetch-site': 'same-origin', 'content-length': '100' };
      const sent = request(`${gateway.url}/orders`, { method: 'POST', headers });
      sent.on('response', (response) => resolve(response.statusCode ?? 0));
      sent.on('error', () => resolve('closed'));
      sent.write('{"currency":');
      sent.flushHeaders();
      setImmediate(() => sent.destroy());
    });
    expect(status).toBe('closed');
    expect((await client.get('/session')).status).toBe(200);
  });
});

describe('requests of pages of other sites', () => {
  it.each([
    ['cross-site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['same-site', { 'sec-fetch-site': 'same-site' }, 403],
    ['a foreign origin', { origin: 'https://evil.example' }, 403],
    ['an opaque origin', { origin: 'null' }, 403],
    ['same-origin', { 'sec-fetch-site': 'same-origin' }, 201],
    ['typed by the user', { 'sec-fetch-site': 'none' }, 201],
    ['no header at all', { 'sec-fetch-site': undefined }, 403],
  ])('%s', async (_name, headers, status) => {
    const response = await client.post('/orders', { body: draft, headers });
    expect(response.status).toBe(status);
    if (status === 403) expectProblem(response, 403, 'CROSS_SITE_REQUEST');
  });

  it('our own origin', async () => {
    expect((await client.post('/orders', { body: draft, headers: { origin: gateway.url } })).status).toBe(201);
  });

  it('cannot sign anyone in or out either, but may read', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    expectProblem(await client.post('/session', { body: {}, headers }), 403, 'CROSS_SITE_REQUEST');
    expectProblem(await client.send('DELETE', '/session', { headers }), 403, 'CROSS_SITE_REQUEST');
    expect((await client.get('/session', { headers })).status).toBe(200);
  });
});

describe('tenants never mix', () => {
  it.each([
    ['GET', '/orders/:id', 404],
    ['POST', '/orders/:id/complete', 404],
  ])('%s %s of another tenant does not exist', async (method, path, status) => {
    const [ada, bob] = [await signUp(gateway), await signUp(gateway)];
    const orderId = await placeOrder(ada.client);
    const stranger = await bob.client.send(method, path.replace(':id', orderId));
    const nobodys = await bob.client.send(method, path.replace(':id', crypto.randomUUID()));
    expectProblem(stranger, status, 'ORDER_NOT_FOUND');
    expect(nobodys.body.code).toBe(stranger.body.code);
    expect((await ada.client.get(`/orders/${orderId}`)).body).toMatchObject({ status: 'draft' });
  });

  it('GET /orders shows only one’s own', async () => {
    const [ada, bob] = [await signUp(gateway), await signUp(gateway)];
    await placeOrder(ada.client);
    expect((await bob.client.get('/orders')).body.items).toEqual([]);
  });

  it('POST /orders ignores nobody’s wish to write elsewhere', async () => {
    const ada = await signUp(gateway);
    const headers = { 'x-tenant-id': ada.tenantId, authorization: 'Bearer nonsense' };
    const response = await client.post('/orders', { body: draft, headers });
    expect(response.status).toBe(201);
    expectProblem(await ada.client.get(`/orders/${response.body.order_id}`), 404);
    expectProblem(await client.post('/orders', { body: { ...draft, tenant_id: ada.tenantId } }), 400);
  });

  it('every route but sign-up, sign-in and sign-out needs a session', async () => {
    const routes: [string, string][] = [
      ['POST', '/orders'],
      ['GET', '/orders'],
      ['GET', `/orders/${crypto.randomUUID()}`],
      ['POST', `/orders/${crypto.randomUUID()}/complete`],
      ['GET', '/session'],
      ['POST', `/operator/tenants/${tenantId}/orders`],
      ['GET', '/feed'],
      ['GET', '/webhooks/endpoints'],
      ['POST', '/webhooks/endpoints'],
    ];
    for (const [method, path] of routes) {
      const body = method === 'POST' ? {} : undefined;
      expectProblem(await gateway.client().send(method, path, { body }), 401, 'NOT_SIGNED_IN');
    }
  });
});

describe('what is open', () => {
  it('health, metrics and the public keys, with no secret in any', async () => {
    const visitor = gateway.client();
    expect(await visitor.get('/health/live')).toMatchObject({ status: 200 });
    expect(await visitor.get('/health/ready')).toMatchObject({
      status: 200,
      body: { checks: { postgres: { status: 'ok' }, redis: { status: 'ok' }, schema: { status: 'ok' } } },
    });
    expect((await visitor.get('/metrics')).body).toMatch(
      /atlas_http_request_seconds_count\{.*route="\/orders",status="201"/,
    );
    const { body, status } = await visitor.get('/.well-known/jwks.json');
    expect(status).toBe(200);
    expect(body.keys[0]).toMatchObject({ kty: 'OKP', crv: 'Ed25519', kid: expect.any(String), x: expect.any(String) });
    expect(body.keys[0]).not.toHaveProperty('d');
  });

  it('sends the headers that protect a browser, and none that names the software', async () => {
    const { headers } = await client.get('/session');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('strict-transport-security')).toMatch(/max-age/);
    expect(headers.get('cache-control')).toBe('no-store');
  });
});

leakCheck();
