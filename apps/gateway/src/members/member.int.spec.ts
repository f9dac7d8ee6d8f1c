import { eventually, leakCheck } from '@atlas/testing';
import type { ApiClient } from '../../test/api-client.ts';
import { type GatewayKit, openGatewayKit, type RunningGateway, signUp } from '../../test/gateway-kit.ts';
import { isStored as storedIn } from '../../test/stored-secret.ts';

let kit: GatewayKit;
let gateway: RunningGateway;
let addresses = 0;

beforeAll(async () => {
  kit = await openGatewayKit();
  gateway = await kit.start();
});

afterAll(async () => {
  await gateway.stop();
  await kit.close();
});

const isStored = (table: 'invitations' | 'idempotency_keys', secret: string) => storedIn(kit.db, table, secret);
const newAddress = () => `bob-${(addresses += 1)}@example.com`;
const password = 'correct horse';

async function invite(client: ApiClient, invitation: { email?: string; role?: 'owner' | 'member' } = {}) {
  const body = { email: newAddress(), role: 'member', ...invitation };
  const response = await client.post('/invitations', { body });
  if (response.status !== 201) throw new Error(`nobody was invited: ${JSON.stringify(response.body)}`);
  return response.body as { invitation_id: string; email: string; token: string };
}

const join = (token: string, client = gateway.client(), key?: string) =>
  client.post('/members', { body: { token, user_name: 'Bob', password }, ...(key && { key }) });

describe('an invitation', () => {
  it('shows its token once, and is kept without it', async () => {
    const { client, userId } = await signUp(gateway);
    const { status, body } = await client.post('/invitations', { body: { email: ' Bob@Example.org ', role: 'owner' } });
    expect(status).toBe(201);
    expect(body).toMatchObject({ email: 'Bob@Example.org', role: 'owner', status: 'pending', invited_by: userId });
    expect(body.token).toMatch(/^invite_[A-Za-z0-9_-]{43}$/);
    expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBe(7 * 24 * 60 * 60 * 1000);
    const { token, ...rest } = body;
    expect((await client.get('/invitations')).body).toEqual({ items: [rest], next_cursor: null });
    expect(await isStored('invitations', token)).toBe(false);
  });

  it('that is asked for again with the same Idempotency-Key is the same one, without its token', async () => {
    const { client } = await signUp(gateway);
    const request = { body: { email: newAddress(), role: 'member' }, key: 'once' };
    const [first, again] = [await client.post('/invitations', request), await client.post('/invitations', request)];
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again).toMatchObject({ status: 201, body: { ...first.body, token: null } });
    expect((await client.get('/invitations')).body.items).toHaveLength(1);
    expect(await isStored('idempotency_keys', first.body.token)).toBe(false);
  });

  it('is for owners to make and to see', async () => {
    const { client } = await signUp(gateway);
    const member = gateway.client();
    const { token, invitation_id } = await invite(client);
    await join(token, member);
    const tries = [
      member.post('/invitations', { body: { email: newAddress(), role: 'owner' } }),
      member.get('/invitations'),
      member.send('DELETE', `/invitations/${invitation_id}`),
    ];
    for (const { status, body } of await Promise.all(tries)) {
      expect([status, body.code]).toEqual([403, 'ROLE_REQUIRED']);
    }
  });

  it('is made once for an address, whatever its letter case, also by many requests at once', async () => {
    const { client, email: own } = await signUp(gateway);
    const email = newAddress();
    const tries = [email, email.toUpperCase(), email, email].map((address) =>
      client.post('/invitations', { body: { email: address, role: 'member' } }),
    );
    const answers = await Promise.all(tries);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    const made = answers.find(({ status }) => status === 201)!.body;
    for (const { body } of answers.filter(({ status }) => status === 409)) {
      expect(body).toMatchObject({ code: 'ALREADY_INVITED', invitation_id: made.invitation_id });
    }
    const again = await client.post('/invitations', { body: { email: own.toUpperCase(), role: 'member' } });
    expect(again).toMatchObject({ status: 409, body: { code: 'ALREADY_MEMBER' } });
  });

  it('does not tell whether an address has an account in another tenant', async () => {
    const [ada, eve] = [await signUp(gateway), await signUp(gateway)];
    const { token } = await invite(eve.client, { email: ada.email });
    // Who has the token may learn it: they were asked to use this very address.
    expect(await join(token)).toMatchObject({ status: 409, body: { code: 'EMAIL_TAKEN' } });
  });

  it('that was taken back joins nobody, and is taken back once', async () => {
    const { client } = await signUp(gateway);
    const { token, invitation_id, email } = await invite(client);
    for (let time = 1; time <= 2; time += 1) {
      expect((await client.send('DELETE', `/invitations/${invitation_id}`)).status).toBe(204);
    }
    expect(await join(token)).toMatchObject({ status: 409, body: { code: 'INVITATION_REVOKED' } });
    expect((await client.get('/invitations')).body.items).toMatchObject([{ status: 'revoked' }]);
    expect((await invite(client, { email })).email).toBe(email);
  });

  it('expires after seven days, and its address can then be invited again', async () => {
    const { client } = await signUp(gateway);
    const { token, email } = await invite(client);
    const later = await kit.start({ clock: () => new Date(Date.now() + 7 * 24 * 60 * 60 * 1000) });
    expect(await join(token, later.client())).toMatchObject({ status: 409, body: { code: 'INVITATION_EXPIRED' } });
    await later.stop();
    await kit.db.updateTable('invitations').set({ expires_at: new Date() }).where('email', '=', email).execute();
    expect((await client.get('/invitations')).body.items).toMatchObject([{ status: 'expired' }]);
    await invite(client, { email });
  });

  it('that does not exist is a 404, for its owner and for whoever makes up a token', async () => {
    const { client } = await signUp(gateway);
    const missing = await client.send('DELETE', `/invitations/${crypto.randomUUID()}`);
    expect(missing).toMatchObject({ status: 404, body: { code: 'INVITATION_NOT_FOUND' } });
    for (const token of ['invite_made-up', 'x', crypto.randomUUID()]) {
      expect(await join(token)).toMatchObject({ status: 404, body: { code: 'INVITATION_NOT_FOUND' } });
    }
  });
});

describe('joining', () => {
  it('makes a user with the role that the owner chose, tells the world, and signs in', async () => {
    const { client, tenantId, userId: ownerId } = await signUp(gateway);
    const { token, email, invitation_id } = await invite(client, { role: 'owner' });
    const bob = gateway.client();
    const { status, body } = await join(token, bob);
    expect(status).toBe(201);
    expect(body).toEqual({
      user: { user_id: expect.any(String), email, name: 'Bob', role: 'owner' },
      tenant: { tenant_id: tenantId, name: 'Analytical Engines' },
    });
    expect((await bob.get('/session')).body).toEqual(body);
    const members = (await bob.get('/members')).body.items;
    expect(members).toMatchObject([
      { user_id: ownerId, role: 'owner' },
      { user_id: body.user.user_id, email, name: 'Bob', role: 'owner', created_at: expect.any(String) },
    ]);
    expect((await client.get('/invitations')).body.items).toMatchObject([
      { invitation_id, status: 'accepted', accepted_by: body.user.user_id },
    ]);
    const again = await gateway.client().post('/session', { body: { email, password } });
    expect(again.status).toBe(200);
    const event = await eventually(async () => {
      const bodies = await kit.receive('user');
      return bodies.find(({ subject }) => subject === body.user.user_id) ?? false;
    });
    expect(event).toMatchObject({
      event: 'user.registered',
      tenant_id: tenantId,
      sequence: 1,
      payload: { user_email: email, user_name: 'Bob', tenant_name: 'Analytical Engines', role: 'owner' },
    });
  });

  it('is possible once, also for many at once', async () => {
    const { client } = await signUp(gateway);
    const { token } = await invite(client);
    const answers = await Promise.all(Array.from({ length: 5 }, () => join(token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)!.body.code).toBe('INVITATION_ACCEPTED');
    expect((await client.get('/members')).body.items).toHaveLength(2);
  });

  it('either happens or the invitation is taken back, never both', async () => {
    const { client } = await signUp(gateway);
    for (let round = 0; round < 10; round += 1) {
      const { token, invitation_id } = await invite(client);
      const [joined, revoked] = await Promise.all([
        join(token),
        client.send('DELETE', `/invitations/${invitation_id}`),
      ]);
      expect([
        [201, 409],
        [409, 204],
      ]).toContainEqual([joined.status, revoked.status]);
    }
  });

  it('again with the same Idempotency-Key signs in again, with another password it does not', async () => {
    const { client } = await signUp(gateway);
    const { token } = await invite(client);
    const first = await join(token, gateway.client(), 'join-once');
    const visitor = gateway.client();
    const again = await join(token, visitor, 'join-once');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await visitor.get('/session')).body).toEqual(first.body);
    const thief = gateway.client();
    const body = { token, user_name: 'Bob', password: 'another password' };
    expect((await thief.post('/members', { body, key: 'join-once' })).status).toBe(422);
    expect(thief.cookie).toBeUndefined();
  });

  it('that dies before the commit leaves nothing behind', async () => {
    const { client } = await signUp(gateway);
    const { token } = await invite(client);
    const dying = await kit.start({
      probe: (step) => (step === 'members.before-commit' ? Promise.reject(new Error('died here')) : undefined),
    });
    expect(
      (await dying.client({ described: false }).post('/members', { body: { token, user_name: 'Bob', password } }))
        .status,
    ).toBe(500);
    await dying.stop();
    expect((await client.get('/members')).body.items).toHaveLength(1);
    expect((await join(token)).status).toBe(201);
  });

  it('while Redis is away is a 503, and is possible afterwards', async () => {
    const { client } = await signUp(gateway);
    const { token } = await invite(client);
    // Nobody listens on port 9.
    const replica = await kit.start({ redisUrl: 'redis://127.0.0.1:9' });
    const away = await join(token, replica.client());
    expect(away).toMatchObject({ status: 503, body: { code: 'DEPENDENCY_UNAVAILABLE' } });
    expect(away.headers.get('retry-after')).toMatch(/^\d+$/);
    await replica.stop();
    expect((await client.get('/invitations')).body.items).toMatchObject([{ status: 'pending' }]);
    expect((await join(token)).status).toBe(201);
  });

  it.each([
    ['no token', { user_name: 'Bob', password }],
    ['a short password', { token: 'x', user_name: 'Bob', password: 'short' }],
    ['an address of their own', { token: 'x', user_name: 'Bob', password, email: 'eve@example.com' }],
    ['a role of their own', { token: 'x', user_name: 'Bob', password, role: 'owner' }],
    ['a token of the wrong type', { token: ['x'], user_name: 'Bob', password }],
  ])('with %s is refused', async (_name, body) => {
    const response = await gateway.client().post('/members', { body });
    expect(response).toMatchObject({ status: 400, body: { code: 'INVALID_BODY' } });
  });
});

describe('the members of a tenant', () => {
  it('come in pages, and a cursor of another tenant is refused', async () => {
    const { client } = await signUp(gateway);
    for (let count = 0; count < 2; count += 1) await join((await invite(client)).token);
    const first = (await client.get('/members?limit=2')).body;
    expect(first.items).toHaveLength(2);
    const second = (await client.get(`/members?limit=2&cursor=${first.next_cursor}`)).body;
    expect(second).toMatchObject({ items: [{ name: 'Bob' }], next_cursor: null });
    const stranger = await signUp(gateway);
    const foreign = await stranger.client.get(`/members?cursor=${first.next_cursor}`);
    expect(foreign).toMatchObject({ status: 400, body: { code: 'INVALID_CURSOR' } });
  });
});

leakCheck();
