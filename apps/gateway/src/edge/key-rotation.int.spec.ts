import { generateKeyPairSync } from 'node:crypto';
import { createIdentityVerifier, remoteKeys } from '@atlas/platform';
import { eventually, type HttpFake, leakCheck, stackVariable, startHttpFake } from '@atlas/testing';
import type { ApiClient } from '../../test/api-client.ts';
import { type GatewayKit, openGatewayKit, type RunningGateway, signUp } from '../../test/gateway-kit.ts';
import type { GatewayConfig } from '../config.ts';

type Keys = GatewayConfig['IDENTITY_SIGNING_KEYS'];

let kit: GatewayKit;
let replicas: RunningGateway[] = [];
/** Where services fetch the keys: some replica, as a balancer has it. */
let keyServer: HttpFake;
let service: HttpFake;
const refusals: string[] = [];
let accepted = 0;

beforeAll(async () => {
  let turn = 0;
  keyServer = await startHttpFake(async (_request, response) => {
    const { url } = replicas[(turn += 1) % replicas.length]!;
    response.end(await (await fetch(`${url}/.well-known/jwks.json`)).text());
  });
  const verify = createIdentityVerifier({ keySource: remoteKeys(keyServer.url), audience: 'notification' });
  service = await startHttpFake(async ({ headers }, response) => {
    const refused = await verify(headers.authorization!.replace('Bearer ', '')).then(
      () => undefined,
      (error: Error) => error,
    );
    if (refused) refusals.push(String(refused));
    else accepted += 1;
    response.writeHead(refused ? 401 : 200, { 'content-type': 'application/json' }).end('{}');
  });
  kit = await openGatewayKit();
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica.stop()));
  await service.close();
  await keyServer.close();
  await kit.close();
});

function newKey(kid: string): Keys[number] {
  return { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid } as Keys[number];
}

const start = (keys: Keys) => kit.start({ config: { IDENTITY_SIGNING_KEYS: keys, NOTIFICATION_URL: service.url } });

/** A rolling deployment: one replica after the other is replaced by one with these keys, while the others serve. */
async function deploy(keys: Keys): Promise<void> {
  for (const old of [...replicas]) {
    const fresh = await start(keys);
    replicas = replicas.map((replica) => (replica === old ? fresh : replica));
    // What was on its way to the old one has been answered, and the new one has served.
    const before = accepted;
    await eventually(() => accepted >= before + 20);
    await old.stop();
  }
}

it('keys rotate through rolling deployments, twice, and no request is refused', async () => {
  let current = (JSON.parse(stackVariable('IDENTITY_SIGNING_KEYS')) as Keys)[0]!;
  replicas = await Promise.all([start([current]), start([current])]);
  const cookies = await Promise.all(Array.from({ length: 4 }, async () => (await signUp(replicas[0]!)).client.cookie));
  const statuses = new Map<number, number>();
  let finished = false;
  const users = cookies.map(async (cookie, index) => {
    const visitors = new Map<RunningGateway, ApiClient>();
    for (let turn = index; !finished; turn += 1) {
      const replica = replicas[turn % replicas.length]!;
      const visitor = visitors.get(replica) ?? replica.client({ described: false });
      visitors.set(replica, Object.assign(visitor, { cookie }));
      const { status } = await visitor.get('/feed');
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  for (const name of ['first', 'second']) {
    const next = newKey(name);
    await deploy([current, next]);
    await deploy([next, current]);
    await deploy([next]);
    current = next;
  }
  finished = true;
  await Promise.all(users);
  expect(refusals).toEqual([]);
  expect([...statuses.keys()]).toEqual([200]);
  expect(accepted).toBeGreaterThan(200);
});

leakCheck();
