import { GetCommand, PutCommand, QueryCommand, DeleteCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { leakCheck } from '@atlas/testing';
import { AppendTooLargeError, StreamGapError, UnreadableEventError, VersionConflictError } from '../errors.ts';
import { eventStoreContract } from '../event-store.contract.ts';
import { added, spent } from '../wallet.fixture.ts';
import type { DynamoTx } from './dynamo-event-store.ts';
import { createDynamoWorld, type DynamoWorld, interceptSends } from './dynamo-world.fixture.ts';
import { streamIds } from './stream-ids.ts';

let world: DynamoWorld;

beforeAll(async () => {
  world = await createDynamoWorld();
});

afterAll(() => world.close());

const write = (tx: DynamoTx, name: string) => {
  const Item = { pk: 'ALONGSIDE', sk: name };
  tx.push({ Put: { TableName: world.tableName, Item, ConditionExpression: 'attribute_not_exists(pk)' } });
};

async function wrote(name: string): Promise<boolean> {
  const Key = { pk: 'ALONGSIDE', sk: name };
  return (await world.documents.send(new GetCommand({ TableName: world.tableName, Key }))).Item !== undefined;
}

async function itemsOf(stream: string) {
  const { Items = [] } = await world.documents.send(
    new QueryCommand({
      TableName: world.tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `WALLET#${stream}` },
    }),
  );
  return Items;
}

const many = (count: number, note?: string) => Array.from({ length: count }, (_, i) => added(i + 1, note));
const newStream = () => crypto.randomUUID();

describe('event store in DynamoDB', () => {
  eventStoreContract<DynamoTx>(() => ({ createStore: world.createStore, write, wrote }));

  it('names every stream of a kind once, however long it is and whatever else is in the table', async () => {
    const [store, streams] = [world.createStore(), [newStream(), newStream()] as string[]];
    for (const stream of streams) {
      await store.append(stream, 0, many(3), { commandId: 'c', alongside: (tx) => write(tx, `beside ${stream}`) });
      await store.saveSnapshot(stream, { version: 3, foldVersion: 1, state: '{}' });
    }
    const { documents: dynamo, tableName } = world;
    const found: string[] = [];
    for await (const id of streamIds({ dynamo, tableName, kind: 'WALLET' })) found.push(id);
    expect(found.filter((id) => streams.includes(id)).toSorted()).toEqual(streams.toSorted());
    for await (const id of streamIds({ dynamo, tableName, kind: 'WAL' })) throw new Error(`another kind: ${id}`);
  });

  it('keeps the items that the architecture promises', async () => {
    const [store, stream] = [world.createStore({ clock: () => new Date('2026-11-22T08:37:00.123Z') }), newStream()];
    const origin = { actor: 'ada', correlationId: 'c1', causationId: 'c2', commandId: 'c3' };
    const [event] = await store.append(stream, 0, [spent(490)], origin);
    await store.saveSnapshot(stream, { version: 1, foldVersion: 4, state: '{}' });
    expect(await itemsOf(stream)).toEqual([
      {
        ...{ pk: `WALLET#${stream}`, sk: 'COMMAND#c3', first_version: 1, last_version: 1 },
        timestamp: '2026-11-22T08:37:00.123Z',
      },
      {
        ...{ pk: `WALLET#${stream}`, sk: 'EVENT#000000000001', version: 1 },
        ...{ event_type: 'money.spent', schema_version: 3, payload: '{"cents":490,"currency":"EUR"}' },
        ...{ timestamp: '2026-11-22T08:37:00.123Z', event_id: event!.id },
        ...{ actor: 'ada', correlation_id: 'c1', causation_id: 'c2', command_id: 'c3' },
      },
      { pk: `WALLET#${stream}`, sk: 'SNAPSHOT', version: 1, fold_version: 4, state: '{}' },
    ]);
  });

  it('lifts stored events on read, and never rewrites them', async () => {
    const [store, stream] = [world.createStore(), newStream()];
    await store.append(stream, 0, [added(900), spent(1)]);
    const [, stored] = await itemsOf(stream);
    const old = { ...stored, schema_version: 1, payload: '{"amount":5}' };
    await world.documents.send(new PutCommand({ TableName: world.tableName, Item: old }));
    expect((await store.load(stream)).events[1]!.payload).toEqual({ cents: 500, currency: 'EUR' });
    expect((await store.read(stream)).events[1]!.payload).toEqual({ cents: 500, currency: 'EUR' });
    await store.append(stream, 2, [added(1)]);
    expect((await itemsOf(stream))[1]).toEqual(old);
    await world.documents.send(new PutCommand({ TableName: world.tableName, Item: { ...old, schema_version: 9 } }));
    await expect(store.load(stream)).rejects.toBeInstanceOf(UnreadableEventError);
  });

  it('does not load a history with a hole', async () => {
    const [store, stream] = [world.createStore(), newStream()];
    await store.append(stream, 0, many(5));
    const Key = { pk: `WALLET#${stream}`, sk: 'EVENT#000000000003' };
    await world.documents.send(new DeleteCommand({ TableName: world.tableName, Key }));
    await expect(store.load(stream)).rejects.toBeInstanceOf(StreamGapError);
    await expect(store.read(stream)).rejects.toBeInstanceOf(StreamGapError);
  });
});

describe('what one append can hold', () => {
  it('is 100 writes, and everything beyond is refused before it is sent', async () => {
    const [store, stream] = [world.createStore(), newStream()];
    await store.append(stream, 0, many(100));
    await store.append(stream, 100, many(100));
    await store.append(stream, 200, many(98), { commandId: 'c', alongside: (tx) => write(tx, stream) });
    expect((await store.load(stream)).version).toBe(298);
    await expect(store.append(stream, 298, many(101))).rejects.toMatchObject({
      code: 'APPEND_TOO_LARGE',
      what: 'writes',
      actual: 101,
      limit: 100,
    });
    const withCommand = store.append(stream, 298, many(100), { commandId: 'd' });
    await expect(withCommand).rejects.toBeInstanceOf(AppendTooLargeError);
    expect((await store.load(stream)).version).toBe(298);
  });

  it('leaves no gap when all 100 writes are events either', async () => {
    const [store, stream] = [world.createStore(), newStream()];
    await store.append(stream, 0, [added(1)]);
    await expect(store.append(stream, 5, many(100))).rejects.toBeInstanceOf(VersionConflictError);
    expect((await store.load(stream)).version).toBe(1);
  });

  it('is 4 MB in all and 400 KB an event', async () => {
    const [store, stream] = [world.createStore(), newStream()];
    await store.append(stream, 0, many(10, 'x'.repeat(400_000)));
    expect((await store.load(stream)).version).toBe(10);
    const tooMuch = store.append(stream, 10, many(11, 'x'.repeat(400_000)));
    await expect(tooMuch).rejects.toMatchObject({ code: 'APPEND_TOO_LARGE', what: 'transaction bytes' });
    const tooLong = store.append(stream, 10, [added(1, 'ü'.repeat(205_000))]);
    await expect(tooLong).rejects.toMatchObject({ code: 'APPEND_TOO_LARGE', what: 'item bytes' });
  });
});

describe('paging', () => {
  it('loads and reads streams of several megabytes', async () => {
    const [store, stream] = [world.createStore(), newStream()];
    const note = 'x'.repeat(30_000);
    for (let version = 0; version < 120; version += 60) await store.append(stream, version, many(60, note));
    const { events } = await store.load(stream);
    expect(events.map(({ version }) => version)).toEqual(Array.from({ length: 120 }, (_, i) => i + 1));
    const read = [];
    for (let after: number | undefined = 0; after !== undefined;) {
      const page: Awaited<ReturnType<typeof store.read>> = await store.read(stream, { after, limit: 1_000 });
      read.push(...page.events);
      after = page.next;
    }
    expect(read).toEqual(events);
  });

  it('loads what is after a snapshot, however much it is, and little else', async () => {
    const calls: { Limit?: number }[] = [];
    const dynamo = interceptSends(world.documents, (command, answer) => {
      if (command instanceof QueryCommand) calls.push(command.input);
      return answer();
    });
    const [store, stream] = [world.createStore({ dynamo }), newStream()];
    await store.append(stream, 0, many(100));
    await store.saveSnapshot(stream, { version: 90, foldVersion: 1, state: '{}' });
    for (const [expectedTail, expectedCalls] of [
      [10, 1],
      [25, 1],
      [4, 2],
      [1, 2],
      [0, 2],
    ] as const) {
      calls.length = 0;
      const { events, version } = await store.load(stream, { foldVersion: 1, expectedTail });
      expect([events.map((event) => event.version), version]).toEqual([[91, 92, 93, 94, 95, 96, 97, 98, 99, 100], 100]);
      expect(calls).toHaveLength(expectedCalls);
    }
    const { events } = await store.load(stream, { foldVersion: 2, expectedTail: 4 });
    expect(events).toHaveLength(100);
  });
});

describe('an append whose answer is lost', () => {
  it('succeeds when the client repeats it: its own events are no conflict', async () => {
    let lost = 0;
    const dynamo = interceptSends(world.documents, async (command, answer) => {
      if (!(command instanceof TransactWriteCommand)) return answer();
      lost += 1;
      await answer();
      return world.documents.send(new TransactWriteCommand(command.input));
    });
    const committed = jest.fn();
    const store = world.createStore({ dynamo, participant: { join: () => {}, committed } });
    const stream = newStream();
    const recorded = await store.append(stream, 0, [added(1), added(2)], { commandId: 'c' });
    await store.append(stream, 2, [added(3)]);
    expect(lost).toBe(2);
    expect(committed).toHaveBeenCalledTimes(2);
    expect((await store.load(stream)).events.slice(0, 2)).toEqual(recorded);
    expect((await store.load(stream)).version).toBe(3);
  });
});

leakCheck();
