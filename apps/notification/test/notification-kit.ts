import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { type EventType, makeEnvelope, queueName } from '@atlas/event-contracts';
import { createEventBus, createPublisher, provisionTopology, resolveQueue, topicArns } from '@atlas/messaging';
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
import type { NotificationConfig } from '../src/config.ts';
import { notificationTableNames, notificationTables } from '../src/tables.ts';
import { startSmtpFake } from './smtp-fake.ts';

const region = 'eu-central-1';
const accountId = '000000000000';

export interface Service {
  readonly url: string;
  /** The app itself, for tests about all of its routes. */
  readonly express: Express;
  /** A client with a fresh identity token of this tenant; role `owner` unless said otherwise. */
  as(tenantId: string, role?: 'owner' | 'member', audience?: string): ServiceClient;
  /** A client without any identity. */
  readonly anonymous: ServiceClient;
  stop(): Promise<void>;
}

/** The whole service over the real stack, with topics, queues, tables, keys and a mail server of its own. */
export async function openNotificationKit() {
  const prefix = testPrefix();
  const logger = createLogger({ service: 'notification-test', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const release = createReleaseStack(logger);
  const smtp = await startSmtpFake();
  release.defer('smtp', () => smtp.close());
  const sns = createSnsClient({ region });
  release.defer('sns', () => sns.destroy());
  const sqs = createSqsClient({ region });
  release.defer('sqs', () => sqs.destroy());
  const raw = createDynamoClient({ region });
  release.defer('dynamodb', () => raw.destroy());
  await ensureTables(raw, notificationTables(prefix));
  await provisionTopology({ sns, sqs, prefix, region, accountId, services: ['notification'] });
  const publisher = createPublisher({
    sns,
    topicArn: topicArns({ region, accountId, prefix }),
    metrics: createMetrics({ service: 'notification-test', processMetrics: false }),
    logger,
  });
  release.defer('publisher', () => publisher.stop({ deadlineMs: 1_000 }));
  const bus = createEventBus({ publisher, source: 'gateway', clock: () => new Date(), newId: v7 });

  return {
    prefix,
    smtp,
    sqs,
    dynamo: createDocumentClient(raw),
    tables: notificationTableNames(prefix),
    start: (options: Partial<ServiceOptions> = {}) => startService({ prefix, smtpUrl: smtp.url, logger, ...options }),
    /** Publishes through SNS, as the gateway does; the id of the event. */
    async publish(type: EventType, payload: unknown, tenantId: string): Promise<string> {
      const { id } = await bus.publish(type, payload as never, { tenantId, subject: `subject-${v7()}`, sequence: 1 });
      return id;
    },
    /** Puts an event straight into the queue, `copies` times. */
    async send(type: EventType, payload: unknown, tenantId: string, copies = 1): Promise<string> {
      const id = v7();
      const meta = { id, source: 'gateway', tenantId, subject: 's', sequence: 1, correlationId: id, causationId: id };
      const envelope = makeEnvelope(type, payload, { ...meta, timestamp: new Date().toISOString() });
      const domain = type.split('.')[0] === 'order' ? 'order' : 'user';
      const queueUrl = await resolveQueue({ sqs, name: queueName(prefix, 'notification', domain) });
      const send = () =>
        sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(envelope) }));
      await Promise.all(Array.from({ length: copies }, send));
      return id;
    },
    close: () => release.release(),
  };
}

export type NotificationKit = Awaited<ReturnType<typeof openNotificationKit>>;

export interface ServiceOptions {
  prefix: string;
  smtpUrl: string;
  logger: ReturnType<typeof createLogger>;
  clock?: () => Date;
  probe?: Probe;
  config?: Partial<NotificationConfig>;
  timing?: { attemptTimeoutMs?: number; sweepEveryMs?: number };
}

async function startService(options: ServiceOptions): Promise<Service> {
  const { prefix, logger, clock = () => new Date() } = options;
  const release = createReleaseStack(logger);
  const redis = createRedis({ url: stackVariable('REDIS_URL'), logger, name: 'notification-test' });
  release.defer('redis', () => redis.disconnect());
  const sqs = createSqsClient({ region });
  release.defer('sqs', () => sqs.destroy());
  const dynamo = createDynamoClient({ region });
  release.defer('dynamodb', () => dynamo.destroy());
  const issuer = createIdentityIssuer({ keys: JSON.parse(stackVariable('IDENTITY_SIGNING_KEYS')) as JWK[], clock });
  const app = createApp({
    config: { ...config(prefix, options.smtpUrl), ...options.config },
    redis,
    sqs,
    dynamo: createDocumentClient(dynamo),
    identityKeys: localKeys(issuer.jwks()),
    logger,
    metrics: createMetrics({ service: 'notification', processMetrics: false }),
    clock,
    random: () => 0,
    newId: v7,
    probe: options.probe ?? (() => {}),
    timing: { sweepEveryMs: 50, deferredMs: 1_000, ...options.timing },
  });
  release.defer('notification', () => app.stop());
  const { url } = await app.start();
  return {
    url,
    express: app.express,
    as: (tenantId, role = 'owner', audience = 'notification') =>
      createServiceClient(url, { issuer, audience, tenantId, userId: `user-of-${tenantId}`, role }),
    anonymous: createServiceClient(url),
    stop: () => release.release(),
  };
}

function config(prefix: string, smtpUrl: string): NotificationConfig {
  return {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    AWS_REGION: region,
    ATLAS_PREFIX: prefix,
    REDIS_URL: '',
    SMTP_URL: smtpUrl,
    MAIL_FROM: 'Atlas <no-reply@atlas.example>',
    NOTIFICATION_PORT: 0,
    NOTIFICATION_HOST: '127.0.0.1',
    IDENTITY_JWKS_URL: 'http://127.0.0.1:9/',
    WEBHOOK_ALLOWED_HOSTS: ['127.0.0.1'],
    WEBHOOK_TIMEOUT_SECONDS: 15,
    QUEUE_WAIT_SECONDS: 1,
    QUEUE_VISIBILITY_SECONDS: 5,
    DRAIN_SECONDS: 0,
    SMTP_CONNECTIONS: 5,
    MAIL_BUDGET: 50,
    WEBHOOK_HOST_BUDGET: 64,
    OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
    ATLAS_CRASH_AT: undefined,
  };
}
