import { type HttpFake, leakCheck, startHttpFake } from '@atlas/testing';
import { type GatewayKit, openGatewayKit, type RunningGateway, signUp } from '../../test/gateway-kit.ts';

let kit: GatewayKit;
let gateway: RunningGateway;
let billing: HttpFake;

beforeAll(async () => {
  billing = await startHttpFake((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"received":true}');
  });
  kit = await openGatewayKit();
  gateway = await kit.start({ config: { BILLING_URL: billing.url } });
});

afterAll(async () => {
  await gateway.stop();
  await billing.close();
  await kit.close();
});

const send = (headers: Record<string, string>, body: string, url = gateway.url) =>
  fetch(`${url}/billing/webhooks/stripe`, { method: 'POST', headers, body });

it('passes the bytes and the signature on, in nobody’s name', async () => {
  const body = '{ "id": "evt_1",\n  "amount": 4900.0 }';
  const headers = { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': 't=1,v1=abc' };
  const answer = await send({ ...headers, authorization: 'Bearer forged', cookie: 'other=1' }, body);
  expect([answer.status, await answer.json()]).toEqual([200, { received: true }]);
  const [received] = billing.requests.slice(-1);
  expect(received).toMatchObject({ method: 'POST', path: '/billing/webhooks/stripe', body, headers });
  for (const name of ['authorization', 'cookie']) expect(received!.headers).not.toHaveProperty(name);
});

it('does not lend the identity of a user who happens to be signed in', async () => {
  const { client } = await signUp(gateway);
  const headers = { cookie: client.cookie!, 'sec-fetch-site': 'same-origin' };
  expect((await send(headers, '{}')).status).toBe(200);
  expect(billing.requests.at(-1)!.headers).not.toHaveProperty('authorization');
});

it('opens nothing else: other methods and paths need a session', async () => {
  const asked = billing.requests.length;
  for (const [method, path] of [
    ['GET', '/billing/webhooks/stripe'],
    ['POST', '/billing/webhooks/stripe/more'],
    ['POST', '/billing/webhooks/other'],
    ['POST', '/billing/charges'],
  ]) {
    expect([path, (await fetch(`${gateway.url}${path}`, { method })).status]).toEqual([path, 401]);
  }
  expect(billing.requests).toHaveLength(asked);
});

it('refuses a body of more than a megabyte without billing having to read it', async () => {
  const answer = await send({ 'stripe-signature': 't=1,v1=abc' }, 'x'.repeat(1024 * 1024 + 1));
  expect(answer.status).toBe(413);
});

it('says when to come again while billing does not answer', async () => {
  const replica = await kit.start({ config: { BILLING_URL: 'http://127.0.0.1:9' } });
  const answer = await send({}, '{}', replica.url);
  await replica.stop();
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
});

it('does not exist where billing does not exist', async () => {
  const replica = await kit.start();
  const answer = await send({ 'content-type': 'application/json' }, '{}', replica.url);
  await replica.stop();
  expect(answer.status).toBe(404);
});

leakCheck();
