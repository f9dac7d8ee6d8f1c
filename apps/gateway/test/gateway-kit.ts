import { DeleteMessageBatchCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { provisionTopology, resolveQueue } from '@atlas/messaging';
import {
  createLogger,
  createMetrics,
  createReleaseStack,
  createRedis,
  createSnsClient,
  createSqsClient,
  type Logger,
  type Probe,
  startTelemetry,
} from '@atlas/platform';
import { createPgPool } from '@atlas/platform/postgres';
import { createTestDatabase, stackVariable, testPrefix } from '@atlas/testing';
import type { Express } from 'express';
import { v7 } from 'uuid';
import { type ApiClient, createApiClient } from './api-client.ts';
import { createApp } from '../src/app.ts';
import type { GatewayConfig } from '../src/config.ts';
import type { ShadowSettings } from '../src/edge/strangler/shadow.ts';
import { createDatabase, type Db } from '../src/database.ts';
import { migrate } from '../src/migrations/migrate.ts';

export const operator = { email: 'operator@atlas.example', password: 'operators-password' };
const region = 'eu-central-1';
const accountId = '000000000000';

export interface RunningGateway {
  url: string;
  /** A visitor of its own, without a session. `described: false`: its answers are not compared with the description. */
  client(options?: { described?: boolean }): ApiClient;
  /** The app itself, for tests about all of its routes. */
  express: Express;
  stop(): Promise<void>;
}

export interface GatewayOptions {
  config?: Partial<GatewayConfig>;
  databaseUrl?: string;
  redisUrl?: string;
  clock?: () => Date;
  probe?: Probe;
  signal?: AbortSignal;
  shadow?: Partial<ShadowSettings>;
}

export interface GatewayKit {
  prefix: string;
  databaseUrl: string;
  db: Db;
  /** Starts a replica; all of them share one database, one Redis and the topics of this prefix. */
  start(options?: GatewayOptions): Promise<RunningGateway>;
  /** The bodies that have arrived in notification's queue of this domain, which are taken out of it. */
  receive(domain: 'order' | 'user'): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Everything that a test of the gateway needs from the stack: a database, topics, queues and keys of its own. */
export async function openGatewayKit(): Promise<GatewayKit> {
  const prefix = testPrefix();
  const logger = createLogger({ service: 'gateway-test', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const release = createReleaseStack(logger);
  const database = await createTestDatabase({ name: 'gateway', migrate });
  release.defer('database', () => database.drop());
  const sns = createSnsClient({ region });
  release.defer('sns', () => sns.destroy());
  const sqs = createSqsClient({ region });
  release.defer('sqs', () => sqs.destroy());
  await provisionTopology({ sns, sqs, prefix, region, accountId, services: ['gateway', 'notification'] });
  const pool = createPgPool({ url: database.url, max: 2, logger });
  release.defer('pool', () => pool.end());
  const db = createDatabase(pool);

  return {
    prefix,
    db,
    databaseUrl: database.url,
    start: (options = {}) => startGateway({ prefix, databaseUrl: database.url, options, logger }),
    async receive(domain) {
      const queueUrl = await resolveQueue({ sqs, name: `${prefix}-notification-${domain}-events` });
      return drain(sqs, queueUrl);
    },
    close: () => release.release(),
  };
}

async function startGateway(input: {
  prefix: string;
  databaseUrl: string;
  logger: Logger;
  options: GatewayOptions;
}): Promise<RunningGateway> {
  const { prefix, logger, options } = input;
  const release = createReleaseStack(logger);
  const pool = createPgPool({ url: options.databaseUrl ?? input.databaseUrl, max: 30, logger });
  release.defer('pool', () => pool.end());
  const redis = createRedis({ url: options.redisUrl ?? stackVariable('REDIS_URL'), logger, name: 'gateway-test' });
  release.defer('redis', () => redis.disconnect());
  const sns = createSnsClient({ region });
  release.defer('sns', () => sns.destroy());
  const app = createApp({
    config: { ...baseConfig(prefix), ...options.config },
    pool,
    redis,
    sns,
    logger,
    metrics: createMetrics({ service: 'gateway', processMetrics: false }),
    telemetry: startTelemetry({ service: 'gateway' }),
    clock: options.clock ?? (() => new Date()),
    newId: () => v7(),
    probe: options.probe ?? (() => {}),
    ...(options.shadow && { shadow: options.shadow }),
  });
  release.defer('gateway', () => app.stop());
  try {
    const { url } = await app.start(options.signal);
    return {
      url,
      express: app.express,
      client: (options) => createApiClient(url, options),
      stop: () => release.release(),
    };
  } catch (error) {
    await release.release();
    throw error;
  }
}

function baseConfig(prefix: string): GatewayConfig {
  return {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    AWS_REGION: region,
    ATLAS_AWS_ACCOUNT_ID: accountId,
    ATLAS_PREFIX: prefix,
    DATABASE_URL: '',
    REDIS_URL: '',
    GATEWAY_PORT: 0,
    GATEWAY_HOST: '127.0.0.1',
    // Nobody listens on port 9 (discard): a service that is down.
    NOTIFICATION_URL: 'http://127.0.0.1:9',
    REPORTING_URL: undefined,
    BILLING_URL: undefined,
    SUBSCRIPTION_URL: undefined,
    STRANGLER_WINDOW_SECONDS: 10,
    IDENTITY_SIGNING_KEYS: JSON.parse(stackVariable('IDENTITY_SIGNING_KEYS')) as GatewayConfig['IDENTITY_SIGNING_KEYS'],
    SESSION_SECRETS: ['a-secret-for-tests-only'],
    TRUST_PROXY: 0,
    OPERATOR_EMAIL: operator.email,
    OPERATOR_PASSWORD: operator.password,
    SIGN_UPS_PER_HOUR: 1_000_000,
    RATE_LIMIT_USER_PER_MINUTE: 1_000_000,
    RATE_LIMIT_API_KEY_PER_MINUTE: 1_000_000,
    RATE_LIMIT_ADDRESS_PER_MINUTE: 1_000_000,
    IMPORT_RATE_PER_SECOND: 100_000,
    OUTBOX_LEASE_SECONDS: 30,
    DRAIN_SECONDS: 0,
    OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
    ATLAS_CRASH_AT: undefined,
  };
}

async function drain(sqs: SQSClient, queueUrl: string): Promise<Record<string, unknown>[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
  );
  if (Messages.length === 0) return [];
  const entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }));
  return Messages.map(({ Body }) => JSON.parse(Body ?? '') as Record<string, unknown>);
}

/** Signs up a tenant with a name of its own and returns its client, its ids and how its owner signs in. */
export async function signUp(gateway: RunningGateway, options?: { described?: boolean }) {
  const client = gateway.client(options);
  const email = `${v7()}@example.com`;
  const password = 'correct horse';
  const response = await client.post('/tenants', {
    body: { tenant_name: 'Analytical Engines', user_name: 'Ada', email, password },
  });
  if (response.status !== 201) throw new Error(`sign-up failed: ${JSON.stringify(response.body)}`);
  const { tenant, user } = response.body as { tenant: { tenant_id: string }; user: { user_id: string } };
  return { client, email, password, tenantId: tenant.tenant_id, userId: user.user_id };
}

/** A client that is signed in as the operator. */
export async function signInOperator(gateway: RunningGateway): Promise<ApiClient> {
  const client = gateway.client();
  const response = await client.post('/session', { body: operator });
  if (response.status !== 200) throw new Error(`operator cannot sign in: ${JSON.stringify(response.body)}`);
  return client;
}

export const draft = {
  currency: 'GBP',
  lines: [
    { sku: '85123A', qty: 6, unit_price: '2.55' },
    { sku: '71053', qty: 1, unit_price: '10.15' },
  ],
};

/** Places an order and returns its id. */
export async function placeOrder(client: ApiClient): Promise<string> {
  const response = await client.post('/orders', { body: draft });
  if (response.status !== 201) throw new Error(`no order: ${JSON.stringify(response.body)}`);
  return (response.body as { order_id: string }).order_id;
}
