import { isIP } from 'node:net';
import { type HttpFake, leakCheck, startHttpFake } from '@atlas/testing';
import { createAddressGuard, type Lookup } from './address-guard.ts';
import { createWebhookClient, type WebhookClient } from './webhook-client.ts';

const inside = 'The host is not on the public internet.';
const clients: WebhookClient[] = [];
let receiver: HttpFake;

beforeAll(async () => {
  receiver = await startHttpFake();
});
afterEach(() => Promise.all(clients.splice(0).map((client) => client.close())));
afterAll(() => receiver.close());

/** A client whose DNS says `address` to every name. */
function given(address: string, allowedHosts: string[] = []): WebhookClient {
  const lookup: Lookup = (_hostname, _options, callback) => callback(null, [{ address, family: isIP(address) }]);
  const guard = createAddressGuard({ allowHttp: true, allowedHosts, lookup });
  const client = createWebhookClient({ guard, now: Date.now, timeoutMs: 1_000 });
  clients.push(client);
  return client;
}
const post = (client: WebhookClient, url: string) => client.post({ url, headers: {}, body: '{}' });

it('connects to an exception', async () => {
  const result = await post(given('127.0.0.1', ['127.0.0.1']), receiver.url);
  expect(result).toMatchObject({ outcome: 'delivered', attempt: { statusCode: 200 } });
});

describe('never connects to a host inside', () => {
  it.each([
    ['by its address', () => `http://127.0.0.1:${receiver.port}/`],
    ['by its address as a number', () => `http://2130706433:${receiver.port}/`],
    ['by its address as IPv4-mapped', () => `http://[::ffff:127.0.0.1]:${receiver.port}/`],
    ['by the name localhost', () => `http://localhost.:${receiver.port}/`],
    ['by a name that resolves to it', () => `http://hooks.example.com:${receiver.port}/`],
  ])('%s', async (_name, url) => {
    const before = receiver.requests.length;
    const result = await post(given('127.0.0.1'), url());
    expect(result).toMatchObject({ outcome: 'failed', attempt: { error: inside } });
    expect(receiver.requests).toHaveLength(before);
  });
});

it.each([
  ['https://127.0.0.1:9/', ['127.0.0.1'], 'ECONNREFUSED'],
  ['ftp://example.com/', [], 'The URL must start with https:// or http://.'],
  ['http://user@example.com/', [], 'The URL must not contain a user name or a password.'],
])('%s is a failure with its reason', async (url, exceptions, error) => {
  expect(await post(given('127.0.0.1', exceptions), url)).toMatchObject({ outcome: 'failed', attempt: { error } });
});

leakCheck();
