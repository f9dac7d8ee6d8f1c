import type { ServerResponse } from 'node:http';
import { leakCheck, startHttpFake } from '@atlas/testing';
import type { HttpFake } from '@atlas/testing';
import { createPatientClient } from './patient-client.ts';

type Answer = (response: ServerResponse) => void;

const ok: Answer = (response) => response.end('{"ok":true}');
const withStatus =
  (status: number, body: object = {}, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(JSON.stringify(body));
const cut: Answer = (response) => response.socket?.destroy();
const cutInTheMiddle: Answer = (response) => {
  response.writeHead(200, { 'content-length': '100' }).write('{"ok"', () => response.socket?.destroy());
};

let fake: HttpFake;
let script: Answer[];

beforeEach(async () => {
  script = [];
  fake = await startHttpFake((_request, response) => (script.shift() ?? ok)(response));
});
afterEach(() => fake.close());

function clientOf(options: { patienceMs?: number; signal?: AbortSignal; baseUrl?: string } = {}) {
  return createPatientClient({ baseUrl: fake.url, name: 'The gateway', clock: Date.now, random: () => 0, ...options });
}

it.each<[string, Answer[]]>([
  ['a cut connection', [cut]],
  ['an answer that is cut in the middle', [cutInTheMiddle]],
  ['an overloaded or restarting system', [withStatus(503), withStatus(502), withStatus(504), withStatus(429)]],
  ['an attempt of its own that still runs', [withStatus(409, { code: 'IDEMPOTENCY_KEY_IN_PROGRESS' })]],
  ['a server error that passes', [withStatus(500), withStatus(500)]],
])('tries again after %s, with the same key and body', async (_, answers) => {
  script = [...answers];
  const request = { method: 'POST', path: '/orders', body: '{"a":1}', idempotencyKey: 'key-1' } as const;
  expect(await clientOf().send(request)).toMatchObject({ status: 200, body: { ok: true } });
  expect(fake.requests).toHaveLength(answers.length + 1);
  for (const { method, path, body, headers } of fake.requests) {
    expect([method, path, body, headers['idempotency-key']]).toEqual(['POST', '/orders', '{"a":1}', 'key-1']);
  }
});

it.each([400, 401, 404, 409, 422])('gives a %d back at once: a try more would change nothing', async (status) => {
  script = [withStatus(status, { code: 'NO' })];
  expect(await clientOf().send({ method: 'GET', path: '/' })).toMatchObject({ status, body: { code: 'NO' } });
  expect(fake.requests).toHaveLength(1);
});

it('gives a server error back that does not pass', async () => {
  script = Array.from({ length: 10 }, () => withStatus(500));
  expect(await clientOf().send({ method: 'GET', path: '/' })).toMatchObject({ status: 500 });
  expect(fake.requests).toHaveLength(5);
});

it('waits as long as it is asked to', async () => {
  script = [withStatus(429, {}, { 'retry-after': '1' })];
  const startedAt = Date.now();
  await clientOf().send({ method: 'GET', path: '/' });
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(990);
});

it('gives up when nothing useful comes for too long, and says where and why', async () => {
  const { url } = fake;
  await fake.close();
  const client = clientOf({ patienceMs: 300, baseUrl: url });
  await expect(client.send({ method: 'GET', path: '/' })).rejects.toMatchObject({
    code: 'NOT_ANSWERING',
    message: expect.stringMatching(new RegExp(`^The gateway at ${url} .*ECONNREFUSED`)),
  });
});

it('gives up at once when it is asked to wait longer than it would', async () => {
  script = [withStatus(503, {}, { 'retry-after': '3600' })];
  await expect(clientOf().send({ method: 'GET', path: '/' })).rejects.toMatchObject({ code: 'NOT_ANSWERING' });
});

it('stops when it is told to, also while it waits', async () => {
  const stop = new AbortController();
  script = [withStatus(503, {}, { 'retry-after': '30' })];
  const sent = clientOf({ signal: stop.signal }).send({ method: 'GET', path: '/' });
  const aborted = expect(sent).rejects.toMatchObject({ name: 'AbortError' });
  stop.abort();
  await aborted;
});

it('keeps the session cookie, and the newest one', async () => {
  script = ['one', 'two'].map((value) => (response) => {
    response.writeHead(200, { 'set-cookie': [`atlas.sid=${value}; Path=/; HttpOnly`, 'other=1'] }).end('{}');
  });
  const client = clientOf();
  for (let n = 0; n < 3; n += 1) await client.send({ method: 'GET', path: '/' });
  expect(fake.requests.map(({ headers }) => headers.cookie)).toEqual([
    undefined,
    'atlas.sid=one; other=1',
    'atlas.sid=two; other=1',
  ]);
  // Without the cookie there is nothing that a page elsewhere could abuse; with it the gateway asks.
  expect(fake.requests.map(({ headers }) => headers['sec-fetch-site'])).toEqual([
    undefined,
    'same-origin',
    'same-origin',
  ]);
});

leakCheck();
