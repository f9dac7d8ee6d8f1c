import { randomUUID } from 'node:crypto';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { chargeSucceeded, orderCompleted } from '@atlas/event-contracts';
import { createMetrics, createSnsClient, createSqsClient, type Probe } from '@atlas/platform';
import { createPgPool } from '@atlas/platform/postgres';
import { captureLogs, createTestDatabase, stackVariable, testPrefix } from '@atlas/testing';
import type { Pool } from 'pg';
import { v7 } from 'uuid';
import type { OutgoingEvent } from '../publish/outgoing-event.ts';
import { createPublisher, type Publisher } from '../publish/publisher.ts';
import { topicArns } from '../topology/arns.ts';
import { provisionTopology } from '../topology/provision-topology.ts';
import { resolveQueue } from '../topology/resolve-queue.ts';
import { createOutbox } from './outbox.ts';
import { createOutboxRelay, type OutboxRelay } from './outbox-relay.ts';
import { outboxSchemaSql } from './outbox-schema.ts';

/** An outbox in a database of its own, the topics and queues of one consumer, and relays that are stopped at the end. */
export type OutboxWorld = Awaited<ReturnType<typeof createOutboxWorld>>;

export interface RelayOptions {
  readonly publisher?: Publisher;
  readonly probe?: Probe;
  readonly pool?: Pool;
  readonly batchSize?: number;
  readonly leaseMs?: number;
  readonly sweepMs?: number;
  readonly parkAfter?: number;
}

const clock = () => new Date();

/** A valid `charge.succeeded`, which is published in two majors. */
export function succeededCharge(): OutgoingEvent {
  const payload = { ...chargeSucceeded.versions['2.0'].example };
  return { type: 'charge.succeeded', payload, meta: { tenantId: 'tenant-1', subject: 'tenant-1', sequence: 2 } };
}

/** A valid `order.completed`; its order id is the subject. */
export function completedOrder(tenantId = 'tenant-1'): OutgoingEvent {
  const orderId = randomUUID();
  const payload = {
    ...orderCompleted.versions['1.1'].example,
    line_items: [{ sku: '85123A', qty: 6 }],
    order_id: orderId,
  };
  return { type: 'order.completed', payload, meta: { tenantId, subject: orderId, sequence: 2 } };
}

export async function createOutboxWorld() {
  const region = stackVariable('AWS_REGION');
  const scope = { region, accountId: stackVariable('ATLAS_AWS_ACCOUNT_ID'), prefix: testPrefix() };
  const sns = createSnsClient({ region });
  const sqs = createSqsClient({ region });
  const logs = captureLogs();
  const database = await createTestDatabase({ name: 'messaging-outbox', migrate });
  const pool = createPgPool({ url: database.url, max: 10, logger: logs.logger });
  const metrics = createMetrics({ service: 'test', processMetrics: false });
  await provisionTopology({ ...scope, sns, sqs, services: ['notification'] });
  const publisherOptions = { sns, topicArn: topicArns(scope), metrics, logger: logs.logger };
  const publisher = createPublisher(publisherOptions);
  const outbox = createOutbox({ source: 'gateway', clock, newId: v7 });
  const relays: OutboxRelay[] = [];

  /** Commits `count` orders in transactions of `perTransaction`, and returns their event ids. */
  async function commit(count: number, perTransaction = count): Promise<string[]> {
    const ids: string[] = [];
    for (let done = 0; done < count; done += perTransaction) {
      const events = Array.from({ length: Math.min(perTransaction, count - done) }, () => completedOrder());
      const envelopes = await outbox.add((text, values) => pool.query(text, values), events);
      ids.push(...envelopes.map((envelope) => envelope.id));
    }
    return ids;
  }

  async function startRelay(options: RelayOptions = {}): Promise<OutboxRelay> {
    const relay = createOutboxRelay({ pool, publisher, metrics, logger: logs.logger, clock, sweepMs: 100, ...options });
    relays.push(relay);
    await relay.start();
    return relay;
  }

  async function stopRelays(): Promise<void> {
    await Promise.all(relays.splice(0).map((relay) => relay.stop({ deadlineMs: 1_000 })));
  }

  async function close(): Promise<void> {
    await stopRelays();
    await publisher.stop({ deadlineMs: 5_000 });
    await pool.end();
    await database.drop();
    sns.destroy();
    sqs.destroy();
  }

  const queueName = `${scope.prefix}-notification-order-events`;
  const queueUrl = await resolveQueue({ sqs, name: queueName });
  return {
    ...{ pool, database, sns, sqs, scope, logs, metrics, outbox, publisher, publisherOptions, queueName, queueUrl },
    ...{ commit, startRelay, stopRelays, close },
    take: () => takeMessages(sqs, queueUrl),
  };
}

async function migrate(url: string): Promise<void> {
  const pool = createPgPool({ url, max: 1, logger: captureLogs().logger });
  const { rows } = await pool.query<{ present: boolean }>(`SELECT to_regclass('outbox') IS NOT NULL AS present`);
  if (!rows[0]!.present) await pool.query(outboxSchemaSql);
  await pool.end();
}

/** LocalStack delivers after it has answered the publisher; the emulator of the stack before. */
const waitSeconds = process.env['ATLAS_SNS_SQS_URL'] ? 1 : 0;

/** Takes what is in the queue at the moment out of it. */
export async function takeMessages(sqs: ReturnType<typeof createSqsClient>, queueUrl: string): Promise<Message[]> {
  const taken: Message[] = [];
  for (;;) {
    const request = {
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      WaitTimeSeconds: waitSeconds,
    };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    if (Messages.length === 0) return taken;
    taken.push(...Messages);
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }
}

/** The event ids of received messages. */
export function idsOf(messages: readonly Message[]): string[] {
  return messages.map((message) => (JSON.parse(message.Body!) as { id: string }).id);
}
