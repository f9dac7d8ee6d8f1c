import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { createDynamoClient, ensureTables, SetupError } from '@atlas/platform';
import { eventually, leakCheck } from '@atlas/testing';
import { v7 } from 'uuid';
import { completedOrder, type ConsumerWorld, createConsumerWorld, wired } from '../consume/consumer.fixture.ts';
import { UnknownQueueError } from '../errors.ts';
import { auditTableName, deadLetterTables } from './audit-table.ts';
import { createDeadLetters, type DeadLetters } from './dead-letters.ts';
import { describeDeadLetter } from './dead-letter.ts';
import { letterForms } from './letter-attributes.ts';

describe('dead letters', () => {
  let world: ConsumerWorld;
  let deadLetters: DeadLetters;
  const dynamo = createDynamoClient({ region: 'eu-central-1' });
  const actor = 'ada';
  const aMinute = { timeoutMs: 60_000 };
  const everything = { filter: {}, actor };
  beforeAll(async () => {
    world = await createConsumerWorld();
    deadLetters = operator();
    await ensureTables(dynamo, deadLetterTables(world.prefix));
  });
  afterEach(async () => {
    await world.stopConsumers();
    await eventually(async () => {
      await world.takeDeadLetters();
      expect(await depth(world.deadLetterQueueUrl)).toBe(0);
    }, aMinute);
  });
  afterAll(async () => {
    dynamo.destroy();
    await world.close();
  });

  const operator = (options: { probe?: (step: string) => void } = {}) =>
    createDeadLetters({ sqs: world.sqs, dynamo, prefix: world.prefix, clock: () => new Date(), newId: v7, ...options });

  it('are listed in groups of one cause, with count, time, event, reason and place', async () => {
    await bury(7, { message: 'mailbox full', code: 'E_FULL' });
    await bury(3, { message: 'no such user', code: 'E_USER', failedAt: new Date('2026-01-01T00:00:00Z') });
    await bury(2, { withoutReason: true });
    const reports = await deadLetters.list({ filter: {} });
    expect(reports).toHaveLength(4);
    const report = reports.find(({ queue }) => queue === world.queueName);
    expect(report).toMatchObject({ read: 12, depth: { waiting: 12, inFlight: 0 } });
    expect(report?.groups).toMatchObject([
      {
        count: 7,
        reason: 'E_FULL',
        eventType: 'order.completed',
        message: 'mailbox full',
        handler: 'onOrderCompleted',
      },
      { count: 3, reason: 'E_USER', first: new Date('2026-01-01T00:00:00Z'), last: new Date('2026-01-01T00:00:00Z') },
      { count: 2, reason: 'RECEIVE_LIMIT', fingerprint: 'receive-limit', eventType: 'order.completed' },
    ]);
    expect(report?.groups[0]?.fingerprint).toMatch(/^[0-9a-f]{12}$/);
    expect(await depth(world.deadLetterQueueUrl)).toBe(12);
  });

  it('are shown in full, and stay where they are', async () => {
    const [id] = await bury(5, { message: 'mailbox full' });
    const shown = await deadLetters.peek({ ...everything, limit: 2 });
    expect(shown).toHaveLength(2);
    expect(shown[0]).toMatchObject({ eventType: 'order.completed', letter: { message: 'mailbox full', attempts: 3 } });
    // What was received is given back after a second, and some queues take another one to notice.
    await eventually(async () =>
      expect((await deadLetters.peek({ ...everything, limit: 100 })).map((message) => message.id)).toContain(id),
    );
    expect(await depth(world.deadLetterQueueUrl)).toBe(5);
  });

  it('are redriven with body, id and trace, without the old reason, and are handled', async () => {
    const ids = await bury(25, { message: 'mailbox full' });
    const received: unknown[] = [];
    const report = await deadLetters.redrive(everything);
    expect(report).toMatchObject({ matched: 25, done: 25, failed: [], unacceptable: [], dryRun: false });
    expect(await depth(world.deadLetterQueueUrl)).toBe(0);
    await world.consume({
      'order.completed.v1': async ({ id }, { traceparent }) => void received.push([id, traceparent.slice(3, 35)]),
    });
    await world.emptied();
    expect(received.toSorted()).toEqual(ids.map((id) => [id, 'a'.repeat(32)]).toSorted());
  });

  it('are chosen by queue, fingerprint, event type and age', async () => {
    const old = new Date(Date.now() - 3_600_000);
    const [a] = await bury(1, { code: 'A', failedAt: old });
    const [b] = await bury(1, { code: 'B' });
    const [c] = await bury(1, { withoutReason: true });
    const ids = async (filter: object) =>
      (await deadLetters.peek({ actor, limit: 10, filter })).map((message) => message.id).toSorted();
    const [first] = await deadLetters.peek({ actor, limit: 10, filter: { before: new Date(Date.now() - 1_800_000) } });
    expect(first?.id).toBe(a);
    const expected: [object, (string | undefined)[]][] = [
      [{ fingerprint: first!.fingerprint.slice(0, 6) }, [a]],
      [{ fingerprint: 'receive-limit' }, [c]],
      [{ after: new Date(Date.now() - 1_800_000) }, [b, c]],
      [{ queue: 'notification-order-events' }, [a, b, c]],
      [{ eventType: 'user.registered' }, []],
      [{ queue: 'notification-user-events' }, []],
    ];
    // What was just given back takes a second to be there again.
    for (const [filter, wanted] of expected) {
      await eventually(async () => expect(await ids(filter)).toEqual(wanted.toSorted()));
    }
    await expect(deadLetters.list({ filter: { queue: 'nowhere' } })).rejects.toThrow(UnknownQueueError);
  });

  it("of a dry run stay, and it says what today's contracts make of them", async () => {
    await bury(2, {});
    await bury(1, { body: JSON.stringify({ ...completedOrder(), payload: {} }) });
    await bury(1, { body: 'no json' });
    await bury(1, { body: JSON.stringify({ ...completedOrder(), version: '7.0' }) });
    const report = await deadLetters.redrive({ ...everything, dryRun: true });
    expect(report).toMatchObject({ matched: 5, done: 0, dryRun: true });
    expect(report.unacceptable.map(({ code, count }) => [code, count]).toSorted()).toEqual([
      ['BAD_JSON', 1],
      ['SCHEMA_VIOLATION', 1],
      ['UNKNOWN_VERSION', 1],
    ]);
    expect(await depth(world.deadLetterQueueUrl)).toBe(5);
  });

  it('that fail again and come back while a redrive runs are not taken twice', async () => {
    await bury(30, { body: 'still no json' });
    // The consumer dead-letters them again at once, while the operation goes on.
    await world.consume({});
    const report = await deadLetters.redrive({ ...everything, rate: 30 });
    expect(report).toMatchObject({ matched: 30, done: 30, failed: [] });
    await world.emptied();
    await eventually(async () => expect(await depth(world.deadLetterQueueUrl)).toBe(30));
  });

  it('are redriven at the rate that was asked for', async () => {
    await bury(12, {});
    const began = performance.now();
    await deadLetters.redrive({ ...everything, rate: 10 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(1000);
    await world.consume({ 'order.completed.v1': async () => {} });
    await world.emptied();
  });

  it('are deleted for ever by discard, and only those that are meant', async () => {
    await bury(3, { code: 'GOES' });
    const kept = await bury(2, { code: 'STAYS', failedAt: new Date(Date.now() - 3_600_000) });
    const report = await deadLetters.discard({ filter: { after: new Date(Date.now() - 1_800_000) }, actor });
    expect(report).toMatchObject({ matched: 3, done: 3 });
    const left = await eventually(async () => {
      const messages = await deadLetters.peek({ ...everything, limit: 10 });
      return messages.length === 2 && messages;
    });
    expect(left.map(({ id }) => id).toSorted()).toEqual(kept.toSorted());
  });

  it('survive an operator that dies: what was sent and not deleted is there twice at most, and handled once', async () => {
    const [id] = await bury(1, {});
    const dying = operator({
      probe: (step) => {
        if (step === 'redrive.sent') throw new Error('killed');
      },
    });
    await expect(dying.redrive(everything)).rejects.toThrow('killed');
    await eventually(async () => expect((await deadLetters.redrive(everything)).done).toBe(1));
    const handled: string[] = [];
    await world.consume({ 'order.completed.v1': async (event) => void handled.push(event.id) });
    await world.emptied();
    expect(handled).toEqual([id]);
    const records = await deadLetters.audit.list(100);
    expect(records.filter(({ error }) => error === 'Error: killed')).toMatchObject([
      { kind: 'redrive', state: 'failed' },
    ]);
  });

  it('leave an audit record of every operation: who, when, what was asked for, how many, which', async () => {
    const ids = await bury(3, { code: 'X' });
    const report = await deadLetters.discard({
      filter: { queue: world.queueName, eventType: 'order.completed' },
      actor,
    });
    const [record] = await deadLetters.audit.list(1);
    expect(record).toMatchObject({
      ...{ operationId: report.operationId, kind: 'discard', actor, state: 'finished', dryRun: false },
      request: { queue: world.queueName, eventType: 'order.completed' },
      counts: { matched: 3, done: 3, failed: 0 },
    });
    expect(Date.parse(record!.startedAt)).toBeLessThanOrEqual(Date.parse(record!.finishedAt!));
    expect((await deadLetters.audit.idsOf(report.operationId)).toSorted()).toEqual(ids.toSorted());
  });

  it('are read to the end when there are ten thousand, with progress', async () => {
    await bury(10_000, { code: 'MANY' });
    const progress: number[] = [];
    const [report] = await deadLetters.list({
      filter: { queue: world.queueName },
      onProgress: ({ seen, total }) => void progress.push(seen / total),
    });
    expect(report?.groups).toMatchObject([{ count: 10_000, reason: 'MANY' }]);
    expect(progress.length).toBeGreaterThan(900);
    expect(progress.at(-1)).toBe(1);
    const discarded = await eventually(async () => {
      const done = await deadLetters.discard(everything);
      return done.matched > 0 && done;
    }, aMinute);
    expect(discarded.done).toBe(10_000);
    expect((await deadLetters.audit.idsOf(discarded.operationId)).length).toBe(10_000);
  }, 180_000);

  it('are not touched without an audit table', async () => {
    await bury(1, {});
    await dynamo.send(new DeleteTableCommand({ TableName: auditTableName(world.prefix) }));
    await expect(operator().discard(everything)).rejects.toThrow(SetupError);
    await ensureTables(dynamo, deadLetterTables(world.prefix));
    expect(await depth(world.deadLetterQueueUrl)).toBe(1);
  });

  interface Burial {
    message?: string;
    code?: string;
    body?: string;
    failedAt?: Date;
    withoutReason?: boolean;
  }

  /** Puts messages into the dead-letter queue as a consumer (or, without a reason, the receive limit) does. */
  async function bury(count: number, burial: Burial): Promise<string[]> {
    const { message = 'x', code = 'E', failedAt = new Date(Date.now() - 1), body, withoutReason = false } = burial;
    const error = Object.assign(new Error(message), { code, stack: undefined });
    const at = failedAt.getTime();
    const letter = describeDeadLetter({
      ...{ error, handler: 'onOrderCompleted', service: 'notification', queue: world.queueName, attempts: 3 },
      ...{ firstFailedAt: at, lastFailedAt: at, traceId: 'a'.repeat(32), eventType: 'order.completed' },
    });
    const ids: string[] = [];
    for (let at10 = 0; at10 < count; at10 += 10) {
      const Entries = Array.from({ length: Math.min(10, count - at10) }, (_, index) => {
        const order = completedOrder();
        ids.push(order.id);
        const sent = wired(order, `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);
        const attributes = withoutReason ? sent.attributes : letterForms[0]!(sent.attributes, letter);
        return { Id: String(index), MessageBody: body ?? sent.body, MessageAttributes: attributes };
      });
      await world.sqs.send(new SendMessageBatchCommand({ QueueUrl: world.deadLetterQueueUrl, Entries }));
    }
    return ids;
  }

  async function depth(url: string): Promise<number> {
    const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    const answer = await world.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: [...names] }));
    return names.reduce((sum, name) => sum + Number(answer.Attributes?.[name]), 0);
  }
});

leakCheck();
