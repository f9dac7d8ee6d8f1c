import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import {
  composeEnvelopes,
  deadLetterQueueName,
  type Envelope,
  type EventType,
  type NewPayload,
  queueName,
} from '@atlas/event-contracts';
import { provisionTopology, resolveQueue } from '@atlas/messaging';
import {
  createDocumentClient,
  createDynamoClient,
  createIdentityIssuer,
  createLogger,
  createMetrics,
  createRedis,
  createReleaseStack,
  createSnsClient,
  createSqsClient,
  ensureTables,
  localKeys,
  type Probe,
} from '@atlas/platform';
import { createServiceClient, type ServiceClient, stackVariable, testPrefix } from '@atlas/testing';
import type { Express } from 'express';
import type { JWK } from 'jose';
import { v7 } from 'uuid';
import { createApp } from '../src/app.ts';
import type { SubscriptionConfig } from '../src/config.ts';
import { subscriptionTableNames, subscriptionTables } from '../src/tables.ts';

const region = 'eu-central-1';
const accountId = '000000000000';

export interface Service {
  readonly url: string;
  /** The app itself, for tests about all of its routes. */
  readonly express: Express;
  readonly metrics: ReturnType<typeof createMetrics>;
  /** A client with a fresh identity token of this tenant; role `owner` unless said otherwise. */
  as(tenantId: string, role?: 'owner' | 'member' | 'operator', audience?: string): ServiceClient;
  /** A client without any identity. */
  readonly anonymous: ServiceClient;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly clock?: () => Date;
  readonly probe?: Probe;
  readonly config?: Partial<SubscriptionConfig>;
}

export type SubscriptionKit = Awaited<ReturnType<typeof openSubscriptionKit>>;

/** A tenant that no other test knows. */
export const newTenant = (): string => `tenant-${v7()}`;

/** The whole service over the real stack, with topics, queues and tables of its own, and a listener for what it publishes. */
export async function openSubscriptionKit() {
  const prefix = testPrefix();
  const logger = createLogger({ service: 'subscription-test', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const release = createReleaseStack(logger);
  const sns = createSnsClient({ region });
  release.defer('sns', () => sns.destroy());
  const sqs = createSqsClient({ region });
  release.defer('sqs', () => sqs.destroy());
  const raw = createDynamoClient({ region });
  release.defer('dynamodb', () => raw.destroy());
  const dynamo = createDocumentClient(raw);
  const tables = subscriptionTableNames(prefix);
  await ensureTables(raw, subscriptionTables(prefix));
  // Reporting hears all that this service says.
  const services = ['subscription', 'reporting'] as const;
  await provisionTopology({ sns, sqs, prefix, region, accountId, services: [...services] });
  const saidQueue = await resolveQueue({ sqs, name: queueName(prefix, 'reporting', 'subscription') });
  const said: Envelope[] = [];

  async function receive(): Promise<void> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: saidQueue, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return;
    said.push(...Messages.map(({ Body }) => JSON.parse(Body!) as Envelope));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: saidQueue, Entries }));
    return receive();
  }

  return {
    prefix,
    dynamo,
    tables,
    start: (options: ServiceOptions = {}) => startService(prefix, options),
    /** Everything about this account that was published so far, copies included, in the order of arrival. */
    async said(tenantId: string): Promise<Envelope[]> {
      await receive();
      return said.filter(({ tenant_id }) => tenant_id === tenantId);
    },
    /** The envelopes of an event, one per major that is published at the moment, newest first. */
    envelopes<T extends EventType>(
      type: T,
      payload: NewPayload<T>,
      meta: { tenantId: string; id?: string },
    ): Envelope[] {
      const { tenantId, id = v7() } = meta;
      const ids = { id, correlationId: `correlation-${id}`, causationId: id };
      const rest = { source: 'test', tenantId, subject: 's', sequence: 1, timestamp: new Date().toISOString() };
      return composeEnvelopes(type, payload, { ...ids, ...rest });
    },
    /** Puts envelopes straight into the queue of their domain. */
    async send(...envelopes: readonly Envelope[]): Promise<void> {
      await Promise.all(
        envelopes.map(async (envelope) => {
          const domain = envelope.event.startsWith('user.') ? 'user' : 'billing';
          const QueueUrl = await resolveQueue({ sqs, name: queueName(prefix, 'subscription', domain) });
          await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(envelope) }));
        }),
      );
    },
    /** How many messages wait, are in hand, or are dead, of one domain. */
    async depth(domain: 'user' | 'billing') {
      const count = async (name: string) => {
        const { Attributes = {} } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl: await resolveQueue({ sqs, name }), AttributeNames: ['All'] }),
        );
        return (
          Number(Attributes['ApproximateNumberOfMessages']) +
          Number(Attributes['ApproximateNumberOfMessagesNotVisible'])
        );
      };
      return {
        waiting: await count(queueName(prefix, 'subscription', domain)),
        dead: await count(deadLetterQueueName(prefix, 'subscription', domain)),
      };
    },
    /** Every item of the service's table. */
    async items(): Promise<Record<string, unknown>[]> {
      const { Items = [] } = await dynamo.send(
        new ScanCommand({ TableName: tables.subscriptions, ConsistentRead: true }),
      );
      return Items;
    },
    close: () => release.release(),
  };
}

async function startService(prefix: string, options: ServiceOptions): Promise<Service> {
  const { clock = () => new Date(), probe = () => {} } = options;
  const logger = createLogger({ service: 'subscription', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const release = createReleaseStack(logger);
  const redis = createRedis({ url: stackVariable('REDIS_URL'), logger, name: 'subscription-test' });
  release.defer('redis', () => redis.disconnect());
  const [sqs, sns, dynamo] = [createSqsClient({ region }), createSnsClient({ region }), createDynamoClient({ region })];
  for (const client of [sqs, sns, dynamo]) release.defer('client', () => client.destroy());
  const issuer = createIdentityIssuer({ keys: JSON.parse(stackVariable('IDENTITY_SIGNING_KEYS')) as JWK[], clock });
  const metrics = createMetrics({ service: 'subscription', processMetrics: false });
  const app = createApp({
    config: { ...config(prefix), ...options.config },
    ...{ redis, sqs, sns, logger, metrics, clock, probe },
    dynamo: createDocumentClient(dynamo),
    identityKeys: localKeys(issuer.jwks()),
    random: Math.random,
    newId: v7,
  });
  release.defer('subscription', () => app.stop());
  const { url } = await app.start();
  return {
    url,
    metrics,
    express: app.express,
    as: (tenantId, role = 'owner', audience = 'subscription') =>
      createServiceClient(url, { issuer, audience, tenantId, userId: `user-of-${tenantId}`, role }),
    anonymous: createServiceClient(url),
    stop: () => release.release(),
  };
}

function config(prefix: string): SubscriptionConfig {
  return {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    AWS_REGION: region,
    ATLAS_AWS_ACCOUNT_ID: accountId,
    ATLAS_PREFIX: prefix,
    REDIS_URL: '',
    SUBSCRIPTION_PORT: 0,
    SUBSCRIPTION_HOST: '127.0.0.1',
    IDENTITY_JWKS_URL: 'http://127.0.0.1:9/',
    QUEUE_WAIT_SECONDS: 1,
    QUEUE_VISIBILITY_SECONDS: 5,
    OUTBOX_LEASE_SECONDS: 5,
    OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
    ATLAS_CRASH_AT: undefined,
  };
}
