import { leakCheck } from '@atlas/testing';
import type { ApiClient } from '../../test/api-client.ts';
import {
  type GatewayKit,
  openGatewayKit,
  type RunningGateway,
  signInOperator,
  signUp,
} from '../../test/gateway-kit.ts';

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

const next = 'another horse';
const change = (client: ApiClient, current: string, wanted = next) =>
  client.send('PUT', '/account/password', { body: { current_password: current, new_password: wanted } });

async function signIn(email: string, password: string) {
  const client = gateway.client();
  const { status } = await client.post('/session', { body: { email, password } });
  return { client, status };
}

const statusOf = async (client: ApiClient) => (await client.get('/session')).status;

describe('PUT /account/password', () => {
  it('changes the password, and ends every session but this one, which gets a new cookie', async () => {
    const { client, email, password } = await signUp(gateway);
    const elsewhere = (await signIn(email, password)).client;
    const before = client.cookie!;
    expect((await change(client, password)).status).toBe(204);
    const old = gateway.client();
    old.cookie = before;
    expect([await statusOf(client), await statusOf(elsewhere), await statusOf(old)]).toEqual([200, 401, 401]);
    expect((await signIn(email, password)).status).toBe(401);
    expect((await signIn(email, next)).status).toBe(200);
  });

  it('needs the current password, and changes nothing without it', async () => {
    const { client, email, password } = await signUp(gateway);
    const elsewhere = (await signIn(email, password)).client;
    expect(await change(client, 'wrong horse')).toMatchObject({ status: 403, body: { code: 'WRONG_PASSWORD' } });
    expect([await statusOf(client), await statusOf(elsewhere)]).toEqual([200, 200]);
    expect((await signIn(email, password)).status).toBe(200);
  });

  it('is throttled like a sign-in', async () => {
    const { client, password } = await signUp(gateway);
    for (let count = 0; count < 10; count += 1) await change(client, 'wrong horse');
    expect(await change(client, password)).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } });
  });

  it('of two at the same time one wins, and its password is the password', async () => {
    const { client, email, password } = await signUp(gateway);
    const other = (await signIn(email, password)).client;
    const wanted = ['first horse', 'second horse'];
    const answers = await Promise.all([change(client, password, wanted[0]), change(other, password, wanted[1])]);
    const won = answers.findIndex(({ status }) => status === 204);
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect([401, 403, 409]).toContain(answers[1 - won]!.status);
    expect((await signIn(email, wanted[won]!)).status).toBe(200);
  });

  it('refuses a password that is too short', async () => {
    const { client, password } = await signUp(gateway);
    expect(await change(client, password, 'short')).toMatchObject({ status: 400, body: { code: 'INVALID_BODY' } });
  });

  it('is not for operators, whose password is configured', async () => {
    const client = await signInOperator(gateway);
    expect(await change(client, 'operators-password')).toMatchObject({ status: 403, body: { code: 'ROLE_REQUIRED' } });
  });
});

leakCheck();
