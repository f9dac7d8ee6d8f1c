import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { chargeSucceeded } from '@atlas/event-contracts';
import {
  createDynamoOutbox,
  deadLetterTables,
  type DynamoTransaction,
  dynamoOutboxTable,
  outboxTableName,
  provisionTopology,
  resolveQueue,
} from '@atlas/messaging';
import {
  createDocumentClient,
  createDynamoClient,
  createSnsClient,
  createSqsClient,
  ensureTables,
} from '@atlas/platform';
import { leakCheck, stackVariable, testPrefix } from '@atlas/testing';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { v7 } from 'uuid';
import { runAtlas } from './run-atlas.fixture.ts';

describe('npx atlas, where a service keeps its outbox in DynamoDB', () => {
  const region = stackVariable('AWS_REGION');
  const prefix = testPrefix();
  const sqs = createSqsClient({ region });
  const client = createDynamoClient({ region });
  const dynamo: DynamoDBDocumentClient = createDocumentClient(client);
  const tableName = outboxTableName(prefix, 'billing');
  const queue = `${prefix}-subscription-billing-events`;
  const atlas = (...args: string[]) => runAtlas(args, { ATLAS_PREFIX: prefix });

  beforeAll(async () => {
    const sns = createSnsClient({ region });
    const accountId = stackVariable('ATLAS_AWS_ACCOUNT_ID');
    await provisionTopology({ sns, sqs, prefix, region, accountId, services: ['subscription'] });
    await ensureTables(client, [...deadLetterTables(prefix), dynamoOutboxTable(tableName)]);
    sns.destroy();
  });
  afterAll(() => {
    sqs.destroy();
    client.destroy();
  });

  async function succeededCharge(): Promise<string> {
    const outbox = createDynamoOutbox({ source: 'billing', clock: () => new Date(), newId: v7, tableName });
    const tx: DynamoTransaction = [];
    const meta = { tenantId: 'tenant-1', subject: 'tenant-1', sequence: 2 };
    const payload = { ...chargeSucceeded.versions['2.0'].example };
    const [envelope] = outbox.add(tx, [{ type: 'charge.succeeded', payload, meta }]);
    await dynamo.send(new TransactWriteCommand({ TransactItems: tx }));
    return envelope!.id;
  }

  /** As a relay leaves a row that SNS keeps refusing. */
  async function park(id: string, version: string): Promise<void> {
    const update = {
      TableName: tableName,
      Key: { pk: `EVENT#${id}`, sk: `VERSION#${version}` },
      UpdateExpression: 'SET parked = :mark, parked_at = :at, last_error = :error REMOVE due_shard, due_at, lease',
      ExpressionAttributeValues: { ':mark': 'parked', ':at': new Date().toISOString(), ':error': 'InvalidParameter' },
    };
    await dynamo.send(new UpdateCommand(update));
  }

  it('replays its facts to a consumer that came later, in the majors that it handles', async () => {
    await succeededCharge();
    const asked = ['replay', '--event', 'charge.succeeded', '--since', '1h', '--to', queue];
    expect((await atlas(...asked, '--dry-run')).out).toBe(`2 events would be sent to ${queue}.\n`);
    const one = await atlas(...asked, '--major', '2', '--json');
    expect(JSON.parse(one.out)).toMatchObject({ total: 1, sent: 1, refused: [] });
    expect((await atlas(...asked)).out).toBe(`2 of 2 events sent to ${queue}.\n`);
    const QueueUrl = await resolveQueue({ sqs, name: queue });
    const AttributeNames = ['ApproximateNumberOfMessages'] as const;
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
    );
    expect(Attributes).toEqual({ ApproximateNumberOfMessages: '3' });
    expect((await atlas('dlq', 'audit')).out).toMatch(/replay +finished +matched=2 done=2 failed=0/);
  }, 180_000);

  it('shows what is parked in it, and lets the relays try again', async () => {
    const id = await succeededCharge();
    await park(id, '1.0');
    const shown = await atlas('outbox', 'parked', '--service', 'billing');
    expect(shown).toMatchObject({ code: 0, err: '' });
    expect(shown.out).toMatch(new RegExp(`${id} +billing +charge\\.succeeded 1\\.0 +tenant-1 .* 0 +InvalidParameter`));
    const unparked = await atlas('outbox', 'unpark', id, '--service', 'billing', '--json', '--actor', 'ada');
    expect(JSON.parse(unparked.out)).toMatchObject({ unparked: 1 });
    const { Item } = await dynamo.send(
      new GetCommand({ TableName: tableName, Key: { pk: `EVENT#${id}`, sk: 'VERSION#1.0' } }),
    );
    expect(Item).toMatchObject({ due_shard: expect.any(String), attempts: 0 });
    expect((await atlas('outbox', 'parked', '--service', 'billing')).out).toBe('No event is parked.\n');
    expect((await atlas('dlq', 'audit')).out).toMatch(/ada +unpark +finished +matched=1 done=1 +ids=1 service=billing/);
  }, 180_000);

  it.each([
    [['outbox', 'parked', '--service', 'reporting'], /"reporting" publishes nothing\. Known: gateway, billing/],
    [['outbox', 'parked', '--service', 'subscription'], /is subscription deployed/],
    [['replay', '--event', 'charge.failed', '--since', '1h', '--to', 'anywhere'], /^Queue anywhere does not exist/],
    [['replay', '--event', 'order.completed', '--since', '1h', '--to', queue], /no handler for order\.completed/],
    [['replay', '--event', 'charge.succeeded', '--since', '1h', '--to', queue, '--major', '7'], /no major 7/],
  ])('%j is a mistake that one line explains', async (args, explanation) => {
    const { code, err } = await atlas(...args);
    expect(code).toBe(2);
    expect(err).toMatch(explanation);
    expect(err).not.toMatch(/^\s+at /m);
  });
});

leakCheck();
