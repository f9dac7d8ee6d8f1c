import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIdentityVerifier, remoteKeys } from '@atlas/platform';
import { type HttpFake, leakCheck, startHttpFake } from '@atlas/testing';
import { type GatewayKit, openGatewayKit, type RunningGateway, signUp } from '../../test/gateway-kit.ts';

let kit: GatewayKit;
let gateway: RunningGateway;
let notification: HttpFake;

beforeAll(async () => {
  notification = await startHttpFake((request, response) => {
    response.setHeader('set-cookie', 'atlas.sid=planted');
    response.setHeader('content-type', 'application/json');
    if (request.path.startsWith('/webhooks')) response.statusCode = 201;
    response.end(JSON.stringify({ path: request.path, body: request.body }));
  });
  kit = await openGatewayKit();
  gateway = await kit.start({ config: { NOTIFICATION_URL: notification.url } });
});

afterAll(async () => {
  await gateway.stop();
  await notification.close();
  await kit.close();
});

describe('the proxy to notification', () => {
  it('passes path, query and answer', async () => {
    const { client } = await signUp(gateway, { described: false });
    const response = await client.get('/feed?limit=3&cursor=a%2Fb');
    expect(response).toMatchObject({ status: 200, body: { path: '/feed?limit=3&cursor=a%2Fb' } });
  });

  it('passes method, body and Idempotency-Key', async () => {
    const { client } = await signUp(gateway, { described: false });
    const body = { url: 'https://example.com', events: ['order.completed'] };
    const response = await client.post('/webhooks/endpoints', { body, key: 'k-1' });
    expect(response).toMatchObject({ status: 201, body: { path: '/webhooks/endpoints', body: JSON.stringify(body) } });
    expect(notification.requests.at(-1)).toMatchObject({ method: 'POST', headers: { 'idempotency-key': 'k-1' } });
  });

  it('says who asks in a token that the published keys verify', async () => {
    const { client, tenantId, userId, email } = await signUp(gateway, { described: false });
    await client.get('/feed');
    const { authorization } = notification.requests.at(-1)!.headers;
    const keySource = remoteKeys(`${gateway.url}/.well-known/jwks.json`);
    const verify = createIdentityVerifier({ keySource, audience: 'notification' });
    expect(await verify(authorization!.replace('Bearer ', ''))).toEqual({ tenantId, userId, email, roles: ['owner'] });
    const elsewhere = createIdentityVerifier({ keySource, audience: 'billing' });
    await expect(elsewhere(authorization!.replace('Bearer ', ''))).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
  });

  it('passes no cookie, no credential and no identity that a client made up', async () => {
    const { client } = await signUp(gateway, { described: false });
    const headers = {
      authorization: 'Bearer forged',
      'proxy-authorization': 'Basic forged',
      'x-tenant-id': 'forged',
      'x-user-id': 'forged',
      'x-forwarded-for': '203.0.113.7',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=203.0.113.7',
    };
    await client.get('/feed', { headers });
    const received = notification.requests.at(-1)!.headers;
    expect(received.authorization).toMatch(/^Bearer ey/);
    expect(received).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'http' });
    expect(received['x-forwarded-host']).toBe(new URL(gateway.url).host);
    for (const name of ['cookie', 'proxy-authorization', 'x-tenant-id', 'x-user-id', 'forwarded']) {
      expect(received).not.toHaveProperty(name);
    }
  });

  it('passes none of it either for a client that expects to be asked for its body', async () => {
    const { client } = await signUp(gateway, { described: false });
    const status = await new Promise((resolve, reject) => {
      const headers = {
        expect: '100-continue',
        cookie: client.cookie!,
        'sec-fetch-site': 'same-origin',
        'x-tenant-id': 'forged',
        'content-length': '2',
      };
      const sent = httpRequest(`${gateway.url}/webhooks/endpoints`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.on('continue', () => sent.end('{}'));
      sent.on('error', reject);
      sent.flushHeaders();
    });
    expect(status).toBe(201);
    const received = notification.requests.at(-1)!;
    expect(received.body).toBe('{}');
    expect(received.headers).not.toHaveProperty('x-tenant-id');
    expect(received.headers).not.toHaveProperty('cookie');
  });

  it('keeps the trace, the correlation and the session of the gateway', async () => {
    const { client } = await signUp(gateway, { described: false });
    const before = client.cookie;
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const response = await client.get('/feed', { headers: { traceparent, 'x-correlation-id': 'mine' } });
    const received = notification.requests.at(-1)!.headers;
    expect(received['traceparent']).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(received['traceparent']).not.toBe(traceparent);
    expect(received['x-correlation-id']).toBe('mine');
    expect(received['x-request-id']).toBe(response.headers.get('x-request-id'));
    expect(client.cookie).toBe(before);
  });

  it('needs a session', async () => {
    const asked = notification.requests.length;
    expect((await gateway.client().get('/feed')).status).toBe(401);
    expect(notification.requests).toHaveLength(asked);
  });

  it('refuses what a page of another site sends', async () => {
    const { client } = await signUp(gateway, { described: false });
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect((await client.post('/webhooks/endpoints', { body: {}, headers })).status).toBe(403);
  });

  it('answers 503 for a service that is down, and works again when it is back', async () => {
    const port = await freePort();
    const replica = await kit.start({ config: { NOTIFICATION_URL: `http://127.0.0.1:${port}` } });
    const { client } = await signUp(replica, { described: false });
    const down = await client.get('/feed');
    expect(down).toMatchObject({ status: 503, body: { code: 'SERVICE_UNAVAILABLE' } });
    expect(down.headers.get('retry-after')).toBe('2');
    expect(down.headers.get('content-type')).toMatch(/problem\+json/);
    expect((await client.post('/webhooks/endpoints', { body: { some: 'body' } })).status).toBe(503);
    const server = createServer((_request, response) => response.end('{}'));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    expect((await client.get('/feed')).status).toBe(200);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect((await client.get('/feed')).status).toBe(503);
    await replica.stop();
  });

  it('cuts an answer off that the service does not finish, and lives on', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const replica = await kit.start({ config: { NOTIFICATION_URL: `http://127.0.0.1:${port}` } });
    const { client } = await signUp(replica, { described: false });
    await expect(client.get('/feed')).rejects.toThrow();
    expect((await client.get('/session')).status).toBe(200);
    await replica.stop();
    await new Promise((resolve) => server.close(resolve));
  });

  it('streams: the first part arrives before the last one is sent', async () => {
    const last = Promise.withResolvers<void>();
    const server = createServer(async (_request, response) => {
      response.write('first');
      await last.promise;
      response.end('last');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const replica = await kit.start({ config: { NOTIFICATION_URL: `http://127.0.0.1:${port}` } });
    const { client } = await signUp(replica, { described: false });
    const response = await fetch(`${replica.url}/feed`, { headers: { cookie: client.cookie! } });
    const parts: string[] = [];
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      parts.push(part);
      last.resolve();
    }
    expect(parts.join('')).toBe('firstlast');
    expect(parts[0]).toBe('first');
    await replica.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('what the proxy does not let through', () => {
  const headersOf = ({ client }: Awaited<ReturnType<typeof signUp>>) => ({
    cookie: client.cookie!,
    'sec-fetch-site': 'same-origin',
    'content-type': 'application/json',
  });
  const megabyte = 1024 * 1024;

  it('a body above the limit: 413 before the service hears of it', async () => {
    const asked = notification.requests.length;
    const response = await fetch(`${gateway.url}/webhooks/endpoints`, {
      method: 'POST',
      headers: headersOf(await signUp(gateway)),
      body: 'x'.repeat(megabyte + 1),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(notification.requests).toHaveLength(asked);
  });

  it('a body that turns out to be above the limit: 413, and the service never gets the whole of it', async () => {
    const headers = headersOf(await signUp(gateway));
    const asked = notification.requests.length;
    const status = await new Promise((resolve, reject) => {
      const sent = httpRequest(`${gateway.url}/webhooks/endpoints`, { method: 'POST', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
        sent.destroy();
      });
      sent.on('error', reject);
      // In parts and without a length.
      for (let part = 0; part < 20; part += 1) sent.write('x'.repeat(megabyte / 10));
    });
    expect(status).toBe(413);
    expect(notification.requests).toHaveLength(asked);
  });

  it('what a service says about its connection, and nothing that would undo the headers of the gateway', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-security-policy': 'default-src *',
        connection: 'close, x-of-this-hop',
        'x-of-this-hop': '1',
        'x-of-the-answer': '2',
      });
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const replica = await kit.start({ config: { NOTIFICATION_URL: `http://127.0.0.1:${port}` } });
    const { headers } = await (await signUp(replica)).client.get('/feed', { described: false });
    expect(headers.get('x-of-the-answer')).toBe('2');
    expect(headers.get('x-of-this-hop')).toBeNull();
    expect(headers.get('connection')).not.toMatch(/close/);
    expect(headers.get('content-security-policy')).toMatch(/'none'/);
    await replica.stop();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('a kept connection that the service closes in the moment of its use', () => {
  it('fails nothing that may be asked again', async () => {
    // Answers once per connection and says that it keeps it, but hangs up on the next request.
    const answered = new WeakSet<object>();
    let hungUp = 0;
    const server = createServer((request, response) => {
      if (answered.has(request.socket)) {
        hungUp += 1;
        return void request.socket.destroy();
      }
      answered.add(request.socket);
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const replica = await kit.start({ config: { NOTIFICATION_URL: `http://127.0.0.1:${port}` } });
    const { client } = await signUp(replica);
    for (let turn = 0; turn < 4; turn += 1) {
      expect((await client.get('/feed', { described: false })).status).toBe(200);
    }
    expect(hungUp).toBeGreaterThan(0);
    await replica.stop();
    await new Promise((resolve) => server.close(resolve));
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

leakCheck();
