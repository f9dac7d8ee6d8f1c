import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@atlas/testing';
import { startSystem, type System } from '../src/index.ts';

interface Reply {
  status: number;
  // What the API answers is what the test is about.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  body: any;
}

type Send = (method: string, path: string, body?: object) => Promise<Reply>;

const password = 'correct horse battery staple';
const bob = { email: 'bob@people.example', user_name: 'Bob', password };
const order = { currency: 'EUR', lines: [{ sku: 'tea', qty: 2, unit_price: '4.95' }] };

describe('a tenant of several people and programs', () => {
  let system: System;
  let owner: Send;
  let member: Send;

  beforeAll(async () => {
    system = await startSystem({
      dir: mkdtempSync(join(tmpdir(), 'atlas-people-')),
      mode: 'test',
      temporary: true,
    });
    [owner, member] = [person(), person()];
    const account = { tenant_name: 'People', user_name: 'Ada', email: 'ada@people.example', password };
    expect((await owner('POST', '/tenants', account)).status).toBe(201);
  }, 120_000);
  afterAll(() => system.stop(), 60_000);

  /** Somebody at a browser: a cookie, and what a page of ours sends. */
  function person(): Send {
    let cookie = '';
    return async (method, path, body) => {
      const answer = await send(method, path, body, { cookie, 'sec-fetch-site': 'same-origin' });
      cookie = answer.cookie ?? cookie;
      return answer;
    };
  }

  const program =
    (key: string): Send =>
    (method, path, body) =>
      send(method, path, body, { authorization: `Bearer ${key}` });

  async function send(method: string, path: string, body: object | undefined, headers: Record<string, string>) {
    const answer = await fetch(system.env['GATEWAY_URL'] + path, {
      method,
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0];
    return { status: answer.status, body: text === '' ? null : JSON.parse(text), cookie };
  }

  async function mailsTo(address: string): Promise<{ subject: string }[]> {
    const answer = await fetch(`${system.env['SINK_URL']}/api/mail?to=${encodeURIComponent(address)}`);
    return ((await answer.json()) as { items: { subject: string }[] }).items;
  }

  test('who is invited joins with their role, is welcomed, and shows in the feed', async () => {
    const invited = await owner('POST', '/invitations', { email: bob.email, role: 'member' });
    expect(invited.status).toBe(201);
    const { token } = invited.body as { token: string };
    const { email: _email, ...rest } = bob;
    expect(await member('POST', '/members', { token, ...rest })).toMatchObject({
      status: 201,
      body: { user: { email: bob.email, role: 'member' }, tenant: { name: 'People' } },
    });
    await eventually(async () => expect(await mailsTo(bob.email)).toHaveLength(1), { timeoutMs: 30_000 });
    await eventually(async () => {
      const titles = (await member('GET', '/feed')).body.items.map(({ title }: { title: string }) => title);
      expect(titles).toContain('Bob joined as member');
    });
  }, 60_000);

  test('a member reads where webhooks go, and only an owner decides it', async () => {
    const hook = { url: `${system.env['SINK_URL']}/hooks/people`, events: ['order.completed'] };
    expect((await member('GET', '/webhooks/endpoints')).status).toBe(200);
    expect((await member('POST', '/webhooks/endpoints', hook)).status).toBe(403);
    expect((await member('POST', '/api-keys', { name: 'mine', scopes: ['orders:read'] })).status).toBe(403);
  });

  test('a program sets up its webhook, orders, and sees what came of it, until its key is revoked', async () => {
    const scopes = ['orders:write', 'orders:read', 'feed:read', 'webhooks:manage'];
    const { body: made } = await owner('POST', '/api-keys', { name: 'Shop', scopes });
    const shop = program(made.key);
    const hook = { url: `${system.env['SINK_URL']}/hooks/people`, events: ['order.completed'] };
    const { status, body: endpoint } = await shop('POST', '/webhooks/endpoints', hook);
    expect([status, endpoint.secret]).toEqual([201, expect.stringMatching(/^whsec_/)]);
    const placed = await shop('POST', '/orders', order);
    expect((await shop('POST', `/orders/${placed.body.order_id}/complete`)).status).toBe(200);
    await eventually(
      async () => {
        const deliveries = await shop('GET', `/webhooks/endpoints/${endpoint.endpoint_id}/deliveries?status=delivered`);
        expect(deliveries.body.items).toHaveLength(1);
        const { items } = (await shop('GET', '/feed')).body as { items: { subject: string }[] };
        expect(items.map(({ subject }) => subject)).toContain(placed.body.order_id);
      },
      { timeoutMs: 30_000 },
    );
    expect((await owner('GET', '/api-keys')).body.items).toMatchObject([{ last_used_at: expect.any(String) }]);
    expect((await shop('GET', '/session')).status).toBe(403);
    expect((await owner('DELETE', `/api-keys/${made.key_id}`)).status).toBe(204);
    for (const path of ['/orders', '/feed', '/webhooks/endpoints']) {
      expect(await shop('GET', path)).toMatchObject({ status: 401, body: { code: 'INVALID_API_KEY' } });
    }
  }, 60_000);
});
