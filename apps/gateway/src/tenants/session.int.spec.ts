import { leakCheck, startTcpProxy } from '@atlas/testing';
import type { ApiClient } from '../../test/api-client.ts';
import { type GatewayKit, openGatewayKit, type RunningGateway, signUp } from '../../test/gateway-kit.ts';

let kit: GatewayKit;
let gateway: RunningGateway;

beforeAll(async () => {
  kit = await openGatewayKit();
  gateway = await kit.start();
});

afterAll(async () => {
  await gateway.stop();
  await kit.close();
});

async function signIn(account: { email: string; password: string }, replica = gateway): Promise<ApiClient> {
  const client = replica.client();
  const { email, password } = account;
  expect(await client.post('/session', { body: { email, password } })).toMatchObject({ status: 200 });
  return client;
}

interface Listed {
  session_id: string;
  current: boolean;
}

async function listOf(client: ApiClient): Promise<Listed[]> {
  return (await client.get('/sessions')).body.items;
}

const statusOf = async (client: ApiClient) => (await client.get('/session')).status;

describe('GET /sessions', () => {
  it('shows where one is signed in, and not the cookie', async () => {
    const ada = await signUp(gateway);
    const phone = await signIn(ada);
    const { status, body } = await phone.get('/sessions');
    expect(status).toBe(200);
    const session = {
      session_id: expect.stringMatching(/^[\w-]{22}$/),
      device: 'node',
      created_at: expect.any(String),
      last_used_at: expect.any(String),
    };
    expect(body).toEqual({
      items: [
        { ...session, current: true },
        { ...session, current: false },
      ],
      next_cursor: null,
    });
    const secret = /s%3A([^.]+)\./.exec(phone.cookie!)![1]!;
    expect(JSON.stringify(body)).not.toContain(decodeURIComponent(secret));
  });

  it('needs a session, and shows nobody else’s', async () => {
    expect(await gateway.client().get('/sessions')).toMatchObject({ status: 401, body: { code: 'NOT_SIGNED_IN' } });
    const [ada, bob] = [await signUp(gateway), await signUp(gateway)];
    const [own] = await listOf(ada.client);
    expect(await listOf(bob.client)).not.toContainEqual(expect.objectContaining({ session_id: own!.session_id }));
  });
});

describe('DELETE /sessions/:session_id', () => {
  it('ends that one at every replica, and no other', async () => {
    const ada = await signUp(gateway);
    const phone = await signIn(ada);
    const replica = await kit.start();
    const lost = (await listOf(ada.client)).find(({ current }) => !current)!;
    expect((await ada.client.send('DELETE', `/sessions/${lost.session_id}`)).status).toBe(204);
    const there = replica.client();
    there.cookie = phone.cookie;
    expect([await statusOf(there), await statusOf(phone), await statusOf(ada.client)]).toEqual([401, 401, 200]);
    await replica.stop();
  });

  it('of the one that asks is a sign-out', async () => {
    const { client } = await signUp(gateway);
    const [own] = await listOf(client);
    const response = await client.send('DELETE', `/sessions/${own!.session_id}`);
    expect(response.status).toBe(204);
    expect(client.cookie).toBeUndefined();
  });

  it('is a 404 for another user’s and for one that has ended, and a 400 for what is no id', async () => {
    const [ada, bob] = [await signUp(gateway), await signUp(gateway)];
    const [own] = await listOf(ada.client);
    const stranger = await bob.client.send('DELETE', `/sessions/${own!.session_id}`);
    expect(stranger).toMatchObject({ status: 404, body: { code: 'SESSION_NOT_FOUND' } });
    expect(await statusOf(ada.client)).toBe(200);
    const phone = await signIn(ada);
    const ended = `/sessions/${(await listOf(phone)).find(({ current }) => current)!.session_id}`;
    await phone.send('DELETE', '/session');
    expect((await ada.client.send('DELETE', ended)).status).toBe(404);
    for (const id of ['x', '..%2f..', '%00', 'x'.repeat(500)]) {
      expect(await ada.client.send('DELETE', `/sessions/${id}`)).toMatchObject({ status: 400 });
    }
  });
});

describe('DELETE /sessions', () => {
  it('signs out everywhere, and leaves other users alone', async () => {
    const [ada, bob] = [await signUp(gateway), await signUp(gateway)];
    const others = await Promise.all([signIn(ada), signIn(ada)]);
    const response = await ada.client.send('DELETE', '/sessions');
    expect(response.status).toBe(204);
    expect(ada.client.cookie).toBeUndefined();
    expect(await Promise.all(others.map(statusOf))).toEqual([401, 401]);
    expect(await statusOf(bob.client)).toBe(200);
    expect(await listOf(await signIn(ada))).toHaveLength(1);
  });
});

it('secrets rotate through rolling deployments, and nobody is signed out', async () => {
  const { client } = await signUp(gateway);
  const [before, next] = ['a-secret-for-tests-only', 'a-secret-for-tests-to-come'];
  const stages = [[before], [before, next], [next, before], [next]];
  const replicas = await Promise.all(stages.map((secrets) => kit.start({ config: { SESSION_SECRETS: secrets } })));
  let { cookie } = client;
  // While a stage is deployed, one's requests go to replicas of it and of the stage before, in any order.
  for (const stage of [0, 1, 0, 1, 2, 1, 2, 3, 2, 3]) {
    const visitor = replicas[stage]!.client();
    visitor.cookie = cookie;
    expect([stage, await statusOf(visitor)]).toEqual([stage, 200]);
    // While there are two secrets the first one signs the cookie anew, so that the old one can go.
    cookie = visitor.cookie;
  }
  await Promise.all(replicas.map((replica) => replica.stop()));
});

describe('a sign-in', () => {
  const wrong = 'wrong horse';
  const guess = (client: ApiClient, email: string, password: string, address?: string) =>
    client.post('/session', {
      body: { email, password },
      ...(address && { headers: { 'x-forwarded-for': address } }),
    });

  it('counts guesses that are made at the same time', async () => {
    const { email } = await signUp(gateway);
    const client = gateway.client();
    const answers = await Promise.all(Array.from({ length: 40 }, () => guess(client, email, wrong)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), ...Array.from({ length: 30 }, () => 429)]);
  });

  it('with the right password is never refused for others that are made at the same time', async () => {
    const account = await signUp(gateway);
    const replica = await kit.start();
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, index) => {
        const client = (index % 2 ? gateway : replica).client();
        return guess(client, account.email, account.password);
      }),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await replica.stop();
  });

  it('with the right password uses nothing up', async () => {
    const account = await signUp(gateway);
    for (let count = 0; count < 12; count += 1) await signIn(account);
    for (let count = 0; count < 9; count += 1) await guess(gateway.client(), account.email, wrong);
    await signIn(account);
  });

  it('is refused from anywhere after a hundred guesses from many addresses, but not where the account is known', async () => {
    const replica = await kit.start({ config: { TRUST_PROXY: 1 } });
    const { email, password } = await signUp(replica);
    const client = replica.client();
    const home = '203.0.113.1';
    expect((await guess(client, email, password, home)).status).toBe(200);
    const statuses: number[] = [];
    // Four at a time: with more, a busy machine spends so long on the hashes that Redis seems to be away.
    for (let first = 0; first <= 100; first += 4) {
      const machines = Array.from({ length: Math.min(4, 101 - first) }, (_, index) => `198.51.100.${first + index}`);
      const answers = machines.map((machine) => guess(replica.client(), email, wrong, machine));
      statuses.push(...(await Promise.all(answers)).map(({ status }) => status));
    }
    expect(statuses).toEqual([...Array.from({ length: 100 }, () => 401), 429]);
    expect((await guess(client, email, password, '192.0.2.1')).status).toBe(429);
    expect((await guess(client, email, password, home)).status).toBe(200);
    await replica.stop();
  });

  it('sees one network behind many IPv6 addresses', async () => {
    const replica = await kit.start({ config: { TRUST_PROXY: 1 } });
    const { email } = await signUp(replica);
    const statuses: number[] = [];
    for (let count = 0; count < 11; count += 1) {
      statuses.push((await guess(replica.client(), email, wrong, `2001:db8::${count}`)).status);
    }
    expect(statuses.at(-1)).toBe(429);
    await replica.stop();
  });

  it('that nobody could check is not counted', async () => {
    const postgres = await startTcpProxy(kit.databaseUrl);
    const replica = await kit.start({ databaseUrl: postgres.url });
    const { email, password } = await signUp(replica);
    await postgres.cut();
    const answers = await Promise.all(Array.from({ length: 10 }, () => guess(replica.client(), email, password)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    await postgres.restore();
    expect((await guess(gateway.client(), email, password)).status).toBe(200);
    for (let count = 0; count < 10; count += 1) {
      expect((await guess(gateway.client(), email, wrong)).status).toBe(401);
    }
    await replica.stop();
    await postgres.close();
  });
});

it('sign-ups are limited by address', async () => {
  const strict = await kit.start({ config: { SIGN_UPS_PER_HOUR: 2, TRUST_PROXY: 1 } });
  const attempt = (index: number, address: string) =>
    strict.client().post('/tenants', {
      body: { tenant_name: 'T', user_name: 'U', email: `limited-${index}@example.com`, password: 'long enough' },
      headers: { 'x-forwarded-for': address },
    });
  const answers = [await attempt(1, '203.0.113.9'), await attempt(2, '203.0.113.9'), await attempt(3, '203.0.113.9')];
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
  expect(Number(answers[2]!.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await attempt(4, '203.0.113.10')).status).toBe(201);
  await strict.stop();
});

leakCheck();
