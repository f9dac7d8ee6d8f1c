import { TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { MajorKey } from '@atlas/event-contracts';
import { createSqsClient } from '@atlas/platform';
import { leakCheck, stackVariable } from '@atlas/testing';
import { v7 } from 'uuid';
import { idsOf, succeededCharge } from '../outbox/outbox.fixture.ts';
import { createReplay } from '../outbox/replay.ts';
import type { WireMessage } from '../publish/wire-message.ts';
import { createDynamoEventLog } from './dynamo-event-log.ts';
import { createDynamoOutbox, type DynamoTransaction } from './dynamo-outbox.ts';
import { createDynamoOutboxWorld, type DynamoOutboxWorld } from './dynamo-outbox.fixture.ts';

let world: DynamoOutboxWorld;

beforeEach(async () => {
  world = await createDynamoOutboxWorld();
});

afterEach(() => world.close());

const longAgo = new Date('2020-01-01T00:00:00Z');

async function messagesOf(eventType: string, since = longAgo, majors?: readonly MajorKey[]) {
  const selected = await createDynamoEventLog(world).select({ eventType, since, majors });
  const messages: WireMessage[] = [];
  for await (const page of selected.pages()) messages.push(...page);
  expect(messages).toHaveLength(selected.total);
  return messages;
}

/** Commits a charge as if it had been made at this time. */
async function chargeAt(time: string): Promise<string> {
  const { dynamo, tableName } = world;
  const outbox = createDynamoOutbox({ source: 'billing', clock: () => new Date(time), newId: v7, tableName });
  const tx: DynamoTransaction = [];
  const [envelope] = outbox.add(tx, [succeededCharge()]);
  await dynamo.send(new TransactWriteCommand({ TransactItems: tx }));
  return envelope!.id;
}

describe('the log of an outbox in DynamoDB', () => {
  it('has every event of the type, oldest first, however many there are', async () => {
    const ids: string[] = [];
    for (let commit = 0; commit < 5; commit += 1) ids.push(...(await world.commit(50)));
    await chargeAt('2026-01-01T00:00:00Z');
    const messages = await messagesOf('order.completed');
    expect(messages.map(({ id }) => id)).toEqual(ids.toSorted());
    expect(await messagesOf('order.completed', new Date(Date.now() + 60_000))).toEqual([]);
  });

  it('has what was published and what waits, and nothing that is parked', async () => {
    const relay = await world.startRelay();
    const [sent] = await world.commit(1, { relay });
    const [waiting, parked] = await world.commit(2, { relay: { offer: () => {} }, firstLeaseMs: 600_000 });
    await world.dynamo.send(
      new UpdateCommand({
        TableName: world.tableName,
        Key: { pk: `EVENT#${parked}`, sk: 'VERSION#1.1' },
        UpdateExpression: 'SET parked = :mark',
        ExpressionAttributeValues: { ':mark': 'parked' },
      }),
    );
    expect((await messagesOf('order.completed')).map(({ id }) => id)).toEqual([sent, waiting].toSorted());
  });

  it('tells the majors of a fact apart', async () => {
    const [older, newer] = [await chargeAt('2026-03-01T00:00:00Z'), await chargeAt('2026-02-01T00:00:00Z')];
    const shown = (messages: WireMessage[]) => messages.map(({ id, attributes }) => `${id} ${attributes.EventKey}`);
    const since = new Date('2026-02-01T00:00:00Z');
    expect(shown(await messagesOf('charge.succeeded', since, ['v2']))).toEqual([
      `${newer} charge.succeeded.v2`,
      `${older} charge.succeeded.v2`,
    ]);
    expect(await messagesOf('charge.succeeded', since, ['v1', 'v2'])).toHaveLength(4);
    expect(await messagesOf('charge.succeeded', since)).toHaveLength(4);
    expect(await messagesOf('charge.succeeded', since, [])).toEqual([]);
    expect(await messagesOf('charge.succeeded', new Date('2026-02-15T00:00:00Z'), ['v1'])).toMatchObject([
      { id: older },
    ]);
  });

  it('is replayed with the ids, bodies and attributes that were published', async () => {
    const relay = await world.startRelay();
    const ids = await world.commit(7, { relay });
    const comparable = async (count: number) => {
      const messages = [];
      while (messages.length < count) messages.push(...(await world.take()));
      return messages
        .map(({ Body, MessageAttributes }) => ({ Body, MessageAttributes }))
        .toSorted((a, b) => (a.Body! < b.Body! ? -1 : 1));
    };
    const delivered = await comparable(7);
    const sqs = createSqsClient({ region: stackVariable('AWS_REGION') });
    const replay = createReplay({ log: createDynamoEventLog(world), sqs });
    const to = `${world.scope.prefix}-notification-order-events`;
    expect(await replay({ eventType: 'order.completed', since: longAgo, to })).toEqual({
      total: 7,
      sent: 7,
      refused: [],
    });
    const replayed = await comparable(7);
    expect(replayed).toEqual(delivered);
    expect(idsOf(replayed).toSorted()).toEqual(ids.toSorted());
    sqs.destroy();
  });
});

leakCheck();
