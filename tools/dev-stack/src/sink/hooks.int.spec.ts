import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leakCheck } from '@atlas/testing';
import { Webhook } from 'standardwebhooks';
import { startSink } from './sink-under-test.ts';

const secret = `whsec_${Buffer.alloc(32, 'a').toString('base64')}`;
const otherSecret = `whsec_${Buffer.alloc(32, 'b').toString('base64')}`;
const event = { type: 'order.completed', timestamp: '2026-11-22T08:00:00Z', data: { order_id: 'o-1', total: '12.50' } };

let dir: string;
let sink: Awaited<ReturnType<typeof startSink>>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'atlas-sink-'));
  sink = await startSink(dir);
});

afterEach(async () => {
  await sink.stop();
  await rm(dir, { recursive: true });
});

function deliver(hook: string, webhookId: string, options: { signWith?: string; signal?: AbortSignal } = {}) {
  const body = JSON.stringify(event);
  const at = new Date();
  return fetch(`${sink.url}/hooks/${hook}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'webhook-id': webhookId,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(options.signWith ?? secret).sign(webhookId, at, body),
    },
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

it('accepts what carries the right signature and refuses what does not, even after a restart', async () => {
  expect((await sink.put('/hooks/shop', { secret })).status).toBe(204);
  expect((await deliver('shop', 'm1')).status).toBe(204);
  expect((await deliver('shop', 'm2', { signWith: otherSecret })).status).toBe(401);
  await sink.stop();

  sink = await startSink(dir);
  expect((await deliver('shop', 'm1')).status).toBe(204);
  expect((await deliver('shop', 'm3', { signWith: otherSecret })).status).toBe(401);
  expect((await sink.post('/api/hooks/shop/lookup', { ids: ['m1', 'm2', 'm3'] })).counts).toEqual({
    m1: 2,
    m2: 0,
    m3: 0,
  });
  const { items, ...rest } = await sink.get('/api/hooks/shop');
  expect(rest).toEqual({
    requests: 4,
    accepted: 2,
    distinct: 1,
    doubled: [{ webhook_id: 'm1', copies: 2 }],
    checks_signatures: true,
    total: 4,
  });
  expect(items[0]).toMatchObject({ webhook_id: 'm3', status: 401, accepted: false, signature: 'invalid' });
  expect(items[3]).toMatchObject({ webhook_id: 'm1', type: 'order.completed', signature: 'valid', body: event });
});

it('refuses a stale timestamp and a body that was changed on the way', async () => {
  await sink.put('/hooks/shop', { secret });
  const sign = (at: Date) => new Webhook(secret).sign('m', at, JSON.stringify(event));
  const send = (at: Date, body: string) =>
    fetch(`${sink.url}/hooks/shop`, {
      method: 'POST',
      body,
      headers: {
        'webhook-id': 'm',
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': sign(at),
      },
    });
  expect((await send(new Date(Date.now() - 10 * 60_000), JSON.stringify(event))).status).toBe(401);
  expect((await send(new Date(), JSON.stringify({ ...event, data: {} }))).status).toBe(401);
  expect((await send(new Date(), JSON.stringify(event))).status).toBe(204);
});

it('accepts unsigned requests where no secret is registered, and says that nothing was checked', async () => {
  const answer = await fetch(`${sink.url}/hooks/open`, { method: 'POST', body: 'not json' });
  expect(answer.status).toBe(204);
  const { items } = await sink.get('/api/hooks/open');
  expect(items).toEqual([expect.objectContaining({ signature: 'unchecked', type: null, body: 'not json', size: 8 })]);
});

it('refuses names and secrets that cannot be used', async () => {
  expect((await sink.put('/hooks/shop', { secret: 'whsec_%%%' })).status).toBe(400);
  expect((await sink.put('/hooks/shop', { secret: 'plain' })).status).toBe(400);
  expect((await fetch(`${sink.url}/hooks/a%20b`, { method: 'POST', body: '{}' })).status).toBe(400);
});

it('lets a delivery be waited for', async () => {
  const early = sink.get('/api/hooks/shop/wait?webhook_id=w1&timeout_ms=10000');
  await deliver('shop', 'w1');
  expect(await early).toMatchObject({ webhook_id: 'w1', accepted: true });
});

it('fails, hangs and cuts connections as asked for, each receiver on its own', async () => {
  await sink.put('/api/behaviour', {
    hooks: {
      flaky: { status: 503, headers: { 'retry-after': '7' }, next: 1 },
      silent: { hang: true },
      rude: { dropAfterAccept: true, next: 1 },
    },
  });
  const refused = await deliver('flaky', 'f1');
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '7']);
  expect((await deliver('flaky', 'f1')).status).toBe(204);
  await expect(deliver('silent', 's1', { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  await expect(deliver('rude', 'r1')).rejects.toThrow();
  expect((await deliver('rude', 'r1')).status).toBe(204);
  expect((await deliver('calm', 'c1')).status).toBe(204);

  const copies = async (hook: string, id: string) =>
    (await sink.post(`/api/hooks/${hook}/lookup`, { ids: [id] })).counts[id];
  expect([await copies('flaky', 'f1'), await copies('silent', 's1'), await copies('rude', 'r1')]).toEqual([1, 0, 2]);
});

leakCheck();
