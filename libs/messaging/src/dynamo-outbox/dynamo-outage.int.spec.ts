import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { createDocumentClient } from '@atlas/platform';
import { eventually, leakCheck, stackVariable, startTcpProxy, type TcpProxy } from '@atlas/testing';
import { idsOf } from '../outbox/outbox.fixture.ts';
import { createDynamoOutboxWorld, type DynamoOutboxWorld } from './dynamo-outbox.fixture.ts';
import { dueIndex } from './outbox-table.ts';

let world: DynamoOutboxWorld;
let proxy: TcpProxy;
let client: DynamoDBClient;

beforeEach(async () => {
  world = await createDynamoOutboxWorld();
  proxy = await startTcpProxy(stackVariable('AWS_ENDPOINT_URL_DYNAMODB'));
  client = new DynamoDBClient({ region: world.scope.region, endpoint: proxy.url, maxAttempts: 1 });
});

afterEach(async () => {
  await world.close();
  client.destroy();
  await proxy.close();
});

const busyMachine = { timeoutMs: 30_000 };

async function allPublished(): Promise<void> {
  await eventually(async () => {
    expect((await world.rows()).filter(({ published_at }) => published_at === undefined)).toEqual([]);
  }, busyMachine);
}

const logged = (level: string) => world.logs.lines.filter((line) => line.level === level).map(({ msg }) => msg);
const received = async () => idsOf(await world.take()).sort();

describe('an outage of DynamoDB', () => {
  it('is logged once and survived: what was committed meanwhile is published afterwards', async () => {
    await world.startRelay({ dynamo: createDocumentClient(client) });
    await proxy.cut();
    const ids = [...(await world.commit(20)), ...(await world.commit(20))];
    const began = 'DynamoDB does not work; the outbox relay waits and keeps its rows';
    await eventually(() => expect(logged('warn')).toContain(began));
    await proxy.restore();
    await allPublished();
    await eventually(() => expect(logged('info')).toContain('DynamoDB works again'));
    expect(await received()).toEqual(ids.sort());
    expect(logged('warn').filter((line) => line === began)).toHaveLength(1);
  });

  it('sends nothing twice when it begins between the answer of SNS and the mark', async () => {
    let cuts = 0;
    const probe = (step: string) => {
      if (step === 'relay.published' && cuts++ === 0) proxy.slam();
    };
    const relay = await world.startRelay({ dynamo: createDocumentClient(client), probe });
    const ids = await world.commit(10, { relay, firstLeaseMs: 600_000 });
    await eventually(() => expect(cuts).toBeGreaterThan(1));
    await proxy.restore();
    await allPublished();
    expect(await received()).toEqual(ids.sort());
  });
});

type Send = (command: object) => Promise<unknown>;

/** The world's client, of which each call passes through `around`. */
function intercepted(around: (command: object, send: Send) => Promise<unknown>): DynamoDBDocumentClient {
  const { dynamo } = world;
  const send = dynamo.send.bind(dynamo) as Send;
  return new Proxy(dynamo, {
    get: (target, name) =>
      name === 'send' ? (command: object) => around(command, send) : (Reflect.get(target, name, target) as unknown),
  });
}

const claimOf = (command: object) =>
  command instanceof UpdateCommand && command.input.UpdateExpression?.includes(':until');

describe('claims', () => {
  it('whose answer is lost are recognised when the client repeats them', async () => {
    const ids = await world.commit(5);
    const twice = intercepted(async (command, send) => {
      if (claimOf(command)) await send(command);
      return send(command);
    });
    await world.startRelay({ dynamo: twice, leaseMs: 600_000 });
    await allPublished();
    expect(await received()).toEqual(ids.sort());
  });

  it('that succeed beside one that fails are published, and the failed one later', async () => {
    const ids = await world.commit(40);
    let calls = 0;
    const flaky = intercepted((command, send) => {
      if (!claimOf(command) || ++calls % 7 > 0) return send(command);
      return Promise.reject(Object.assign(new Error('no answer'), { name: 'TimeoutError' }));
    });
    await world.startRelay({ dynamo: flaky, leaseMs: 600_000 });
    await allPublished();
    expect(await received()).toEqual(ids.sort());
  });
});

describe('an index that is behind its table', () => {
  /** Shows every row for ever, published or not, as an index may do for a while. */
  const stale = () =>
    intercepted(async (command, send) => {
      const isSweep = command instanceof QueryCommand && command.input.ExpressionAttributeValues?.[':until'];
      return isSweep && command.input.IndexName === dueIndex ? { Items: await world.rows() } : send(command);
    });

  it('has nothing published twice, and nothing that is leased published by another', async () => {
    const ids = await world.commit(5);
    await world.commit(1, { relay: { offer: () => {} }, firstLeaseMs: 600_000 });
    await Promise.all([1, 2, 3].map(() => world.startRelay({ dynamo: stale(), sweepMs: 10 })));
    await eventually(async () => expect((await world.rows()).filter((row) => row.published_at)).toHaveLength(5));
    const late = await world.commit(5);
    await eventually(async () => expect((await world.rows()).filter((row) => row.published_at)).toHaveLength(10));
    expect(await received()).toEqual([...ids, ...late].sort());
  });
});

leakCheck();
