import { leakCheck } from '@atlas/testing';
import type { ApiClient } from '../../test/api-client.ts';
import { type FakeService, startFakeService } from '../../test/fake-service.ts';
import { type GatewayKit, openGatewayKit, type RunningGateway, signUp } from '../../test/gateway-kit.ts';

let kit: GatewayKit;
let gateway: RunningGateway;
let service: FakeService;
let ada: Awaited<ReturnType<typeof signUp>>;

const servicePolicy = "default-src 'none';style-src 'sha256-abc='";

beforeAll(async () => {
  kit = await openGatewayKit();
  service = await startFakeService();
  service.answer = () => ({ headers: { 'content-type': 'text/html', 'content-security-policy': servicePolicy } });
  gateway = await kit.start({ config: { REPORTING_URL: service.url } });
  ada = await signUp(gateway);
});

afterAll(async () => {
  await gateway.stop();
  await service.close();
  await kit.close();
});

// What Chromium sends when somebody follows a link, submits a form, and loads an image.
const page = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8' };
const image = { accept: 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8' };
const form = { ...page, 'content-type': 'application/x-www-form-urlencoded' };

const visitor = () => gateway.client({ described: false });
const submit = (
  client: ApiClient,
  path: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) => client.post(path, { raw: new URLSearchParams(fields).toString(), headers: { ...form, ...headers } });

describe('a page without a session', () => {
  it('is asked for again after signing in', async () => {
    const client = visitor();
    const asked = await client.get('/reports?from=2026-11-01&currency=EUR', { headers: page });
    expect(asked.status).toBe(303);
    const to = asked.headers.get('location')!;
    expect(to).toBe('/sign-in?return_to=%2Freports%3Ffrom%3D2026-11-01%26currency%3DEUR');

    const shown = await client.get(to, { headers: page });
    expect(shown.status).toBe(200);
    expect(shown.headers.get('cache-control')).toBe('no-store');
    expect(shown.headers.get('content-security-policy')).not.toMatch(/unsafe|script-src/);
    expect(shown.body).toContain('name="return_to" value="/reports?from=2026-11-01&amp;currency=EUR"');

    const { email, password } = ada;
    const back = '/reports?from=2026-11-01&currency=EUR';
    const signedIn = await submit(client, '/sign-in', { email, password, return_to: back });
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, back]);
    expect((await client.get('/session')).body.user.email).toBe(email);
    // Who is signed in already goes straight on.
    expect((await client.get(to, { headers: page })).headers.get('location')).toBe(back);

    const out = await submit(client, '/sign-out', {});
    expect([out.status, out.headers.get('location'), client.cookie]).toEqual([303, '/sign-in', undefined]);
  });

  it('is a 401 for a program, for an image, and for what changes something', async () => {
    for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }, { accept: 'text/csv' }, image]) {
      expect(await visitor().get('/reports', { headers })).toMatchObject({ status: 401 });
    }
    expect(await submit(visitor(), '/reports', {})).toMatchObject({ status: 401 });
    const key = { ...page, authorization: 'Bearer atlas_key_0_0' };
    expect(await visitor().get('/reports', { headers: key })).toMatchObject({ status: 401 });
  });

  it('exists only where a slice has pages', async () => {
    expect(await visitor().get('/orders', { headers: page })).toMatchObject({ status: 401 });
  });
});

describe('the form', () => {
  it.each(['//elsewhere.example', 'https://elsewhere.example', '/.//elsewhere.example', '/\\elsewhere.example', ''])(
    'leads nowhere else, whatever return_to says: %j',
    async (return_to) => {
      const { email, password } = ada;
      const { headers } = await submit(visitor(), '/sign-in', { email, password, return_to });
      expect(headers.get('location')).toBe('/reports');
    },
  );

  it('says what is wrong, keeps the address and never the password', async () => {
    const email = '"><script>@example.com';
    const refused = await submit(visitor(), '/sign-in', { email, password: 'no-such-password', return_to: '/reports' });
    expect(refused.status).toBe(401);
    expect(refused.body).toContain('There is no account with this e-mail address and password.');
    expect(refused.body).toContain('value="&quot;&gt;&lt;script&gt;@example.com"');
    expect(refused.body).toContain('name="return_to" value="/reports"');
    expect(refused.body).not.toContain('no-such-password');
    for (const fields of [{}, { email: ada.email }, { email: 'a\nb', password: 'x' }] as Record<string, string>[]) {
      expect(await submit(visitor(), '/sign-in', fields)).toMatchObject({ status: 400 });
    }
    const twice = await visitor().post('/sign-in', { raw: 'email=a&email=b&password=c', headers: form });
    expect(twice.status).toBe(400);
    expect(await visitor().post('/sign-in', { body: { email: 'a' } })).toMatchObject({ status: 400 });
  });

  it('is a guess like any other: the eleventh wrong one has to wait', async () => {
    const { email } = await signUp(gateway);
    const guesses = [];
    for (let guess = 0; guess < 11; guess += 1) {
      guesses.push(await submit(visitor(), '/sign-in', { email, password: 'wrong password' }));
    }
    expect(guesses.map(({ status }) => status)).toEqual([...Array<number>(10).fill(401), 429]);
    expect(guesses.at(-1)!.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(guesses.at(-1)!.headers.get('content-type')).toMatch(/^text\/html/);
  });

  it('cannot be sent by a page of another site', async () => {
    const { email, password } = ada;
    const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' };
    expect(await submit(visitor(), '/sign-in', { email, password }, foreign)).toMatchObject({ status: 403 });
    const signedIn = visitor();
    await submit(signedIn, '/sign-in', { email, password });
    expect(await submit(signedIn, '/sign-out', {}, foreign)).toMatchObject({ status: 403 });
    expect((await signedIn.get('/session')).status).toBe(200);
  });

  it('begins a new session, so that one that was planted is worth nothing', async () => {
    const client = visitor();
    await submit(client, '/sign-in', { email: ada.email, password: ada.password });
    const before = client.cookie;
    await submit(client, '/sign-in', { email: ada.email, password: ada.password });
    expect(client.cookie).not.toBe(before);
  });
});

it('a page of a service says what it may load, within what the gateway allows any', async () => {
  const { headers } = await ada.client.get('/reports', { headers: page, described: false });
  const policy = headers.get('content-security-policy')!;
  expect(policy).toContain(servicePolicy);
  expect(policy).toContain("default-src 'none';style-src 'unsafe-inline';img-src 'self' data:;form-action 'self'");
  expect(policy).not.toContain('script-src');
  expect(headers.get('referrer-policy')).toBe('same-origin');
});

leakCheck();
