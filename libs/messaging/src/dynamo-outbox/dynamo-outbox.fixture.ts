import { ScanCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import {
  createDocumentClient,
  createDynamoClient,
  createMetrics,
  createSnsClient,
  createSqsClient,
  ensureTables,
} from '@atlas/platform';
import { captureLogs, stackVariable, testPrefix } from '@atlas/testing';
import { v7 } from 'uuid';
import { completedOrder, takeMessages } from '../outbox/outbox.fixture.ts';
import { createPublisher } from '../publish/publisher.ts';
import { topicArns } from '../topology/arns.ts';
import { provisionTopology } from '../topology/provision-topology.ts';
import { resolveQueue } from '../topology/resolve-queue.ts';
import { createDynamoOutbox, type DynamoTransaction } from './dynamo-outbox.ts';
import {
  createDynamoOutboxRelay,
  type DynamoOutboxRelay,
  type DynamoOutboxRelayOptions,
} from './dynamo-outbox-relay.ts';
import { dynamoOutboxTable } from './outbox-table.ts';

export type DynamoOutboxWorld = Awaited<ReturnType<typeof createDynamoOutboxWorld>>;

export type StoredRow = Record<string, unknown> & { event_id: string; due_at?: number; published_at?: string };

interface CommitOptions {
  /** The relay of the process that commits. */
  readonly relay?: Pick<DynamoOutboxRelay, 'offer'>;
  readonly firstLeaseMs?: number;
  /** The process dies between the commit and the next line. */
  readonly dies?: boolean;
}

const clock = () => new Date();

/** An outbox table of its own, the topics and queues of one consumer, and relays that are stopped at the end. */
export async function createDynamoOutboxWorld() {
  const region = stackVariable('AWS_REGION');
  const scope = { region, accountId: stackVariable('ATLAS_AWS_ACCOUNT_ID'), prefix: testPrefix() };
  const [sns, sqs, client] = [createSnsClient({ region }), createSqsClient({ region }), createDynamoClient({ region })];
  const dynamo = createDocumentClient(client);
  const tableName = `${scope.prefix}-test-outbox`;
  const logs = captureLogs();
  const metrics = createMetrics({ service: 'test', processMetrics: false });
  await Promise.all([
    ensureTables(client, [dynamoOutboxTable(tableName)]),
    provisionTopology({ ...scope, sns, sqs, services: ['notification'] }),
  ]);
  const publisherOptions = { sns, topicArn: topicArns(scope), metrics, logger: logs.logger };
  const publisher = createPublisher(publisherOptions);
  const queueUrl = await resolveQueue({ sqs, name: `${scope.prefix}-notification-order-events` });
  const relays: DynamoOutboxRelay[] = [];

  /** Commits `count` orders in one transaction, with facts of their own, and returns their event ids. */
  async function commit(count: number, options: CommitOptions = {}): Promise<string[]> {
    const { relay, firstLeaseMs, dies = false } = options;
    const outbox = createDynamoOutbox({ source: 'gateway', clock, newId: v7, tableName, relay, firstLeaseMs });
    const tx: DynamoTransaction = [{ Put: { TableName: tableName, Item: { pk: 'FACT', sk: v7() } } }];
    const envelopes = outbox.add(
      tx,
      Array.from({ length: count }, () => completedOrder()),
    );
    await dynamo.send(new TransactWriteCommand({ TransactItems: tx }));
    if (!dies) outbox.committed(tx);
    return envelopes.map(({ id }) => id);
  }

  async function startRelay(options: Partial<DynamoOutboxRelayOptions> = {}): Promise<DynamoOutboxRelay> {
    const settings = { dynamo, tableName, newId: v7, publisher, metrics, logger: logs.logger, clock, sweepMs: 100 };
    const relay = createDynamoOutboxRelay({ ...settings, ...options });
    relays.push(relay);
    await relay.start();
    return relay;
  }

  async function rows(): Promise<StoredRow[]> {
    const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }));
    return (Items as StoredRow[]).filter(({ pk }) => pk !== 'FACT');
  }

  async function stopRelays(): Promise<void> {
    await Promise.all(relays.splice(0).map((relay) => relay.stop({ deadlineMs: 1_000 })));
  }

  async function close(): Promise<void> {
    await stopRelays();
    await publisher.stop({ deadlineMs: 5_000 });
    for (const one of [sns, sqs, client]) one.destroy();
  }

  return {
    ...{ dynamo, tableName, sns, scope, logs, metrics, publisher, publisherOptions },
    ...{ commit, startRelay, stopRelays, rows, close },
    take: () => takeMessages(sqs, queueUrl),
  };
}
