import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { chargeSucceeded, EnvelopeTooLargeError, InvalidPayloadError } from '@atlas/event-contracts';
import { DependencyUnavailableError } from '@atlas/platform';
import { eventually, leakCheck } from '@atlas/testing';
import { v7 } from 'uuid';
import { PublishGaveUpError, PublishRefusedError } from '../errors.ts';
import { completedOrder, idsOf, succeededCharge } from '../outbox/outbox.fixture.ts';
import { createDynamoOutbox, type DynamoTransaction } from './dynamo-outbox.ts';
import { createDynamoOutboxWorld, type DynamoOutboxWorld } from './dynamo-outbox.fixture.ts';
import { listParkedInDynamo, unparkInDynamo } from './dynamo-parked.ts';

let world: DynamoOutboxWorld;

// A table for each test: DynamoDB has no "delete everything".
beforeEach(async () => {
  world = await createDynamoOutboxWorld();
});

afterEach(() => world.close());

const forever = new Promise<void>(() => {});
const never = { send: () => forever, stop: () => Promise.resolve() };

const busyMachine = { timeoutMs: 50_000 };

async function allPublished(): Promise<void> {
  await eventually(async () => {
    const rows = await world.rows();
    expect(rows.filter((row) => row.published_at === undefined || row.due_at !== undefined)).toEqual([]);
  }, busyMachine);
}

const received = async () => idsOf(await world.take()).sort();

describe('outbox in DynamoDB', () => {
  it('publishes right after the commit, not by the sweep, with the attributes that filters and traces read', async () => {
    const relay = await world.startRelay({ sweepMs: 600_000 });
    const [id] = await world.commit(1, { relay });
    await allPublished();
    const [message, ...more] = await world.take();
    expect(more).toEqual([]);
    const [row] = await world.rows();
    expect(message!.Body).toBe(row!['envelope']);
    expect(JSON.parse(message!.Body!)).toMatchObject({ id, event: 'order.completed', version: '1.1', sequence: 2 });
    expect(message!.MessageAttributes).toEqual({
      EventType: { DataType: 'String', StringValue: 'order.completed' },
      EventKey: { DataType: 'String', StringValue: 'order.completed.v1' },
      TenantId: { DataType: 'String', StringValue: 'tenant-1' },
      traceparent: { DataType: 'String', StringValue: row!['traceparent'] },
    });
    const expiresIn = (row!['expires_at'] as number) - Date.now() / 1_000;
    expect(expiresIn / 86_400).toBeCloseTo(90, 1);
  });

  it('publishes nothing of a transaction that does not commit', async () => {
    const relay = await world.startRelay();
    const outbox = createDynamoOutbox({
      source: 'gateway',
      clock: () => new Date(),
      newId: v7,
      tableName: world.tableName,
      relay,
    });
    const Key = { pk: 'FACT', sk: 'missing' };
    const check = { TableName: world.tableName, Key, ConditionExpression: 'attribute_exists(pk)' };
    const tx: DynamoTransaction = [{ ConditionCheck: check }];
    outbox.add(tx, [completedOrder()]);
    await expect(world.dynamo.send(new TransactWriteCommand({ TransactItems: tx }))).rejects.toThrow();
    const [id] = await world.commit(1, { relay });
    await allPublished();
    expect(await received()).toEqual([id]);
  });

  it('validates all events before the first is added to the transaction', () => {
    const outbox = createDynamoOutbox({ source: 'gateway', clock: () => new Date(), newId: v7, tableName: 'any' });
    const [good, tx] = [completedOrder(), [] as DynamoTransaction];
    const bad = { ...good, payload: { ...good.payload, order_id: '' } } as typeof good;
    const line_items = Array.from({ length: 9_000 }, () => ({ sku: 'x'.repeat(20), qty: 1 }));
    const large = { ...good, payload: { ...good.payload, line_items } } as typeof good;
    expect(() => outbox.add(tx, [good, bad])).toThrow(InvalidPayloadError);
    expect(() => outbox.add(tx, [good, large])).toThrow(EnvelopeTooLargeError);
    expect(tx).toEqual([]);
  });

  it('publishes a fact in both majors of a migration, under one id, or in neither', async () => {
    const relay = await world.startRelay();
    const { dynamo, tableName } = world;
    const outbox = createDynamoOutbox({ source: 'billing', clock: () => new Date(), newId: v7, tableName, relay });
    const tx: DynamoTransaction = [];
    const [envelope, ...more] = outbox.add(tx, [succeededCharge()]);
    expect(more).toEqual([]);
    expect(tx).toHaveLength(2);
    await dynamo.send(new TransactWriteCommand({ TransactItems: tx }));
    outbox.committed(tx);
    await allPublished();
    const rows = (await world.rows()).toSorted((a, b) =>
      String(a['event_version']) < String(b['event_version']) ? -1 : 1,
    );
    expect(rows.map((row) => [row.event_id, row['event_version']])).toEqual([
      [envelope!.id, '1.0'],
      [envelope!.id, '2.0'],
    ]);
    expect(rows.map((row) => (JSON.parse(row['envelope'] as string) as { payload: object }).payload)).toEqual([
      chargeSucceeded.versions['1.0'].example,
      chargeSucceeded.versions['2.0'].example,
    ]);
  });

  it('finds by its sweep what was committed without a relay', async () => {
    const ids = [...(await world.commit(60)), ...(await world.commit(60))];
    await world.startRelay({ batchSize: 20 });
    await allPublished();
    expect(await received()).toEqual(ids.sort());
  });

  it('shares 400 rows between four relays, offered and found: each is published exactly once', async () => {
    // Leases that a busy machine does not outlive, and room for whatever a relay is offered: only races are left.
    const settings = { batchSize: 200, sweepMs: 20, leaseMs: 600_000 };
    const before = await Promise.all([world.commit(50), world.commit(50), world.commit(50), world.commit(50)]);
    const relays = await Promise.all(Array.from({ length: 4 }, () => world.startRelay(settings)));
    const commits = relays.flatMap((relay) => [25, 25].map((n) => world.commit(n, { relay, firstLeaseMs: 600_000 })));
    const after = await Promise.all(commits);
    await allPublished();
    expect(await received()).toEqual([...before, ...after].flat().sort());
  });

  it('measures how much waits, since when, and what is parked', async () => {
    await world.commit(3, { relay: { offer: () => {} }, firstLeaseMs: 600_000 });
    await world.startRelay();
    expect((await world.metrics.outboxDepth.get()).values[0]!.value).toBe(3);
    expect((await world.metrics.outboxOldestSeconds.get()).values[0]!.value).toBeGreaterThan(0);
    expect((await world.metrics.outboxParked.get()).values[0]!.value).toBe(0);
  });

  it('refuses to start without its table', async () => {
    await expect(world.startRelay({ tableName: 'nothing' })).rejects.toMatchObject({ code: 'SETUP_REQUIRED' });
  });
});

describe('a process that dies', () => {
  it('between the commit and the offer loses nothing: the first lease runs out', async () => {
    const relay = await world.startRelay();
    const ids = await world.commit(2, { relay, firstLeaseMs: 300, dies: true });
    await allPublished();
    expect(await received()).toEqual(ids.sort());
  });

  it('after claiming keeps its rows from the others for the time of the lease only', async () => {
    const ids = await world.commit(5);
    await world.startRelay({ leaseMs: 3_000, probe: (step) => (step === 'relay.claimed' ? forever : undefined) });
    await eventually(async () => expect((await world.rows()).every(({ due_at }) => due_at! > Date.now())).toBe(true));
    await world.startRelay();
    expect(await received()).toEqual([]);
    await allPublished();
    expect(await received()).toEqual(ids.sort());
  });

  it('between the answer of SNS and the mark has its event published again, with the same id', async () => {
    let dead = false;
    const probe = (step: string) => ((dead ||= step === 'relay.published') ? forever : undefined);
    const relay = await world.startRelay({ leaseMs: 700, probe });
    const [id] = await world.commit(1, { relay, firstLeaseMs: 700 });
    await eventually(async () => expect(await received()).toEqual([id]));
    await world.startRelay();
    await allPublished();
    expect(await received()).toEqual([id]);
  });

  it('after the mark leaves nothing to do', async () => {
    let dead = false;
    const probe = (step: string) => ((dead ||= step === 'relay.marked') ? forever : undefined);
    const relay = await world.startRelay({ leaseMs: 200, probe });
    const [id] = await world.commit(1, { relay, firstLeaseMs: 200 });
    await allPublished();
    await world.startRelay();
    const [other] = await world.commit(1);
    await allPublished();
    expect(await received()).toEqual([id, other].sort());
  });
});

describe('what SNS does not take', () => {
  it('is sent again alone: the others of its batch are not', async () => {
    const sent: string[] = [];
    let failing: string | undefined;
    const send = async (message: Parameters<typeof world.publisher.send>[0]) => {
      sent.push(message.id);
      failing ??= message.id;
      if (message.id === failing && sent.filter((id) => id === failing).length === 1) {
        throw new PublishGaveUpError(message, 6, 'InternalError');
      }
    };
    const relay = await world.startRelay({ publisher: { ...never, send } });
    const ids = await world.commit(5, { relay });
    await allPublished();
    expect(sent.sort()).toEqual([...ids, failing!].sort());
  });

  it('for what it is, is parked, visible, counted, and goes when somebody unparks it', async () => {
    const refuse = {
      ...never,
      send: async (m: Parameters<typeof world.publisher.send>[0]) => {
        throw new PublishRefusedError(m, 'InvalidParameter', 'no');
      },
    };
    const relay = await world.startRelay({ publisher: refuse });
    const [id] = await world.commit(1, { relay });
    const parked = await eventually(async () => {
      const list = await listParkedInDynamo(world);
      return list.length === 1 && list;
    });
    expect(parked[0]).toMatchObject({
      ...{ id, version: '1.1', eventType: 'order.completed', tenantId: 'tenant-1', attempts: 1 },
      ...{
        createdAt: expect.any(Date),
        parkedAt: expect.any(Date),
        lastError: expect.stringContaining('InvalidParameter'),
      },
    });
    await eventually(async () => expect((await world.metrics.outboxParked.get()).values[0]!.value).toBe(1));
    expect(world.logs.lines.filter(({ level }) => level === 'error')).toHaveLength(1);
    await world.stopRelays();
    await world.startRelay();
    expect(await unparkInDynamo(world, [...parked, { id: v7(), version: '1.0' }], () => new Date())).toBe(1);
    await allPublished();
    expect(await received()).toEqual([id]);
    expect(await listParkedInDynamo(world)).toEqual([]);
  });

  it('so often that it is enough is parked as well; an outage never is', async () => {
    let failure: Error = new DependencyUnavailableError('SNS');
    let shift = 0;
    const publisher = { ...never, send: () => Promise.reject(failure) };
    const relay = await world.startRelay({ publisher, parkAfter: 2, clock: () => new Date(Date.now() + shift) });
    await world.commit(1, { relay });
    await eventually(() =>
      expect(world.logs.lines.some(({ msg }) => `${msg}`.startsWith('SNS does not work'))).toBe(true),
    );
    await eventually(async () => expect((await world.rows())[0]!['lease']).toBeUndefined());
    expect((await world.rows())[0]!['attempts']).toBe(0);
    const event = { id: 'x', attributes: { EventKey: 'order.completed.v1' } };
    failure = new PublishGaveUpError(event, 6, 'InternalError');
    await eventually(async () => {
      shift += 5_000;
      expect(await listParkedInDynamo(world)).toMatchObject([{ attempts: 2 }]);
    });
  });
});

describe('a stop', () => {
  it('gives rows back when its deadline passes, so that another relay takes them at once', async () => {
    const relay = await world.startRelay({ publisher: never, leaseMs: 600_000 });
    const ids = await world.commit(3, { relay, firstLeaseMs: 600_000 });
    expect(await relay.stop({ deadlineMs: 50 })).toEqual({ published: 0, released: 3 });
    await world.startRelay();
    await allPublished();
    expect(await received()).toEqual(ids.sort());
  });

  it('leaves alone what has gone to another relay meanwhile', async () => {
    const relay = await world.startRelay({ publisher: never, sweepMs: 600_000 });
    await world.commit(1, { relay, firstLeaseMs: 100 });
    await world.startRelay({ publisher: never, leaseMs: 600_000 });
    await eventually(async () => expect((await world.rows())[0]!.due_at! - Date.now()).toBeGreaterThan(500_000));
    await relay.stop({ deadlineMs: 50 });
    expect((await world.rows())[0]!.due_at! - Date.now()).toBeGreaterThan(500_000);
  });

  it('takes nothing more', async () => {
    const relay = await world.startRelay();
    await relay.stop({ deadlineMs: 1_000 });
    const ids = await world.commit(1, { relay, firstLeaseMs: 200 });
    await world.startRelay();
    await allPublished();
    expect(await received()).toEqual(ids);
  });
});

leakCheck();
