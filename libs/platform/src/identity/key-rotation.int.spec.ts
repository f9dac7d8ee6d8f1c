import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { DependencyUnavailableError, InvalidTokenError } from '../errors.ts';
import { createIdentityIssuer } from './issuer.ts';
import { remoteKeys } from './remote-keys.ts';
import { createIdentityVerifier } from './verifier.ts';

const minute = 60_000;
const subject = { tenantId: 't-1', userId: 'u-1', roles: ['owner'], audience: 'notification' };
const who = { tenantId: 't-1', userId: 'u-1', roles: ['owner'] };

let gateway: Awaited<ReturnType<typeof startGateway>>;

beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.close());

async function newKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...(await exportJWK(privateKey)), kid };
}

/** A gateway whose keys change while it runs: the first one signs, all are published. */
async function startGateway() {
  let keys = [await newKey('key-0')];
  let asked = 0;
  let answer = (response: ServerResponse, jwks: string) => void response.end(jwks);
  let issued = 0;
  /** Issues with the keys of now, also when they change. No two tokens are alike, because a service does not check one twice. */
  const issuer = () => {
    const signing = keys;
    return () =>
      createIdentityIssuer({ keys: signing, ttlSeconds: 60 + (issued += 1), clock: () => new Date() }).issue(subject);
  };
  const published = () => createIdentityIssuer({ keys, clock: () => new Date() }).jwks();
  const server = createServer((_request, response) => {
    asked += 1;
    answer(response, JSON.stringify(published()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    issuer,
    issue: () => issuer()(),
    keys: () => keys,
    use: (...next: JWK[]) => void (keys = next),
    asked: () => asked,
    answerWith: (next: typeof answer) => void (answer = next),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A service that verifies with the published keys; `skip` moves its clock for keys. */
function startService() {
  let skipped = 0;
  const keySource = remoteKeys(gateway.url, { now: () => Date.now() + skipped });
  const verify = createIdentityVerifier({ keySource, audience: 'notification' });
  return { verify, skip: (ms: number) => void (skipped += ms) };
}

const away = (response: ServerResponse) => void response.writeHead(503).end();
const forged = async () =>
  createIdentityIssuer({ keys: [await newKey('made-up')], clock: () => new Date() }).issue(subject);

describe('keys that rotate', () => {
  it('refuse no request, however many times in a row, though a key signs in the moment it is published', async () => {
    const { verify } = startService();
    const rotations = 8;
    await verify(await gateway.issue());
    const outcomes: unknown[] = [];
    let finished = false;
    const clients = Array.from({ length: 8 }, async () => {
      while (!finished) outcomes.push(await verify(await gateway.issue()).catch((error: unknown) => error));
    });
    for (let number = 1; number <= rotations; number += 1) {
      const [signing] = gateway.keys();
      gateway.use(await newKey(`key-${number}`), signing!);
      const before = outcomes.length;
      // Tokens of the key that goes next must have been answered; in life that takes the minute they are good for.
      while (outcomes.length < before + 4 * clients.length) await new Promise(setImmediate);
    }
    finished = true;
    await Promise.all(clients);
    expect(outcomes.filter((outcome) => outcome instanceof Error)).toEqual([]);
    expect(outcomes.at(-1)).toEqual(who);
    expect(gateway.asked()).toBe(1 + rotations);
  });

  it('still verify what the key before has signed', async () => {
    const { verify } = startService();
    const early = await gateway.issue();
    gateway.use(await newKey('key-1'), ...gateway.keys());
    await verify(await gateway.issue());
    expect(await verify(early)).toEqual(who);
  });

  it('are asked for again when the answer under way is older than the question', async () => {
    const { verify } = startService();
    await verify(await gateway.issue());
    const old = Promise.withResolvers<() => void>();
    gateway.answerWith((response, jwks) => {
      gateway.answerWith((later, newer) => void later.end(newer));
      old.resolve(() => response.end(jwks));
    });
    const stranger = verify(await forged()).catch((error: unknown) => error);
    const sendOldAnswer = await old.promise;
    gateway.use(await newKey('key-1'), ...gateway.keys());
    const verified = verify(await gateway.issue());
    sendOldAnswer();
    expect(await verified).toEqual(who);
    expect(await stranger).toBeInstanceOf(InvalidTokenError);
  });
});

describe('tokens with made-up key ids', () => {
  it('are refused, and do not make the gateway answer for each of them', async () => {
    const { verify, skip } = startService();
    const good = await gateway.issue();
    await verify(good);
    const errors: unknown[] = [];
    for (let count = 0; count < 40; count += 1)
      errors.push(await verify(await forged()).catch((error: unknown) => error));
    expect(gateway.asked()).toBeGreaterThan(5);
    expect(gateway.asked()).toBeLessThan(20);
    expect(errors[0]).toBeInstanceOf(InvalidTokenError);
    // Nobody looked, so nothing is known: "later", not "no".
    expect(errors.at(-1)).toBeInstanceOf(DependencyUnavailableError);
    expect(await verify(good)).toEqual(who);
    skip(minute);
    await expect(verify(await forged())).rejects.toBeInstanceOf(InvalidTokenError);
  });
});

describe('while the gateway is away', () => {
  it('the keys at hand are used for an hour, and not longer', async () => {
    const { verify, skip } = startService();
    await verify(await gateway.issue());
    gateway.answerWith(away);
    skip(30 * minute);
    expect(await verify(await gateway.issue())).toEqual(who);
    skip(31 * minute);
    await expect(verify(await gateway.issue())).rejects.toBeInstanceOf(DependencyUnavailableError);
    gateway.answerWith((response, jwks) => void response.end(jwks));
    expect(await verify(await gateway.issue())).toEqual(who);
  });

  it('a key that is not at hand is "later", not "no"', async () => {
    const { verify } = startService();
    await verify(await gateway.issue());
    gateway.answerWith(away);
    gateway.use(await newKey('key-1'), ...gateway.keys());
    await expect(verify(await gateway.issue())).rejects.toBeInstanceOf(DependencyUnavailableError);
  });
});

it('a key that was taken away is refused ten minutes later', async () => {
  const { verify, skip } = startService();
  const early = gateway.issuer();
  await verify(await early());
  gateway.use(await newKey('key-1'));
  expect(await verify(await early())).toEqual(who);
  skip(11 * minute);
  // The first one starts the fetch and does not wait for it.
  let outcome: unknown;
  do outcome = await verify(await early()).catch((error: unknown) => error);
  while (!(outcome instanceof Error));
  expect(outcome).toBeInstanceOf(InvalidTokenError);
});
