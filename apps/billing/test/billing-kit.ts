import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import {
  type Envelope,
  type EventType,
  makeEnvelope,
  type NewPayload,
  deadLetterQueueName,
  queueName,
} from '@atlas/event-contracts';
import { provisionTopology, resolveQueue } from '@atlas/messaging';
import { createPaymentSandbox } from '@atlas/payment-sandbox';
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
import { captureLogs, createServiceClient, type ServiceClient, stackVariable, testPrefix } from '@atlas/testing';
import type { Express } from 'express';
import type { JWK } from 'jose';
import { v7 } from 'uuid';
import { type BillingDeps, createApp } from '../src/app.ts';
import type { BillingConfig } from '../src/config.ts';
import type { PaymentProvider } from '../src/payment-provider/payment-provider.ts';
import { billingTableNames, billingTables } from '../src/tables.ts';

const region = 'eu-central-1';
const accountId = '000000000000';

/** Signs what the payment provider tells by itself. */
export const webhookSecret = 'whsec_0123456789abcdef';

export interface Service {
  readonly url: string;
  /** The app itself, for tests about all of its routes. */
  readonly express: Express;
  readonly metrics: ReturnType<typeof createMetrics>;
  readonly logs: ReturnType<typeof captureLogs>;
  /** A client with a fresh identity token of this tenant; role `owner` unless said otherwise. */
  as(
    tenantId: string,
    role?: 'owner' | 'member' | 'operator',
    who?: { audience?: string; email?: string },
  ): ServiceClient;
  /** A client without any identity. */
  readonly anonymous: ServiceClient;
  stop(): Promise<void>;
}

export interface ServiceOptions extends Partial<Pick<BillingDeps, 'sweepMs' | 'reportMs'>> {
  readonly clock?: () => Date;
  readonly probe?: Probe;
  readonly provider?: PaymentProvider;
  readonly config?: Partial<BillingConfig>;
}

/** What the sandbox has in its books. */
export interface Ledger {
  readonly payments: readonly { status: string; amount_cents: number; id: string }[];
  readonly refunds: readonly { status: string; amount_cents: number }[];
}

export type BillingKit = Awaited<ReturnType<typeof openBillingKit>>;

/** A tenant that no other test knows. */
export const newTenant = (): string => `tenant-${v7()}`;

/** The whole service over the real stack and a payment sandbox, with topics, queues and tables of its own. */
export async function openBillingKit() {
  const prefix = testPrefix();
  const logger = createLogger({ service: 'billing-test', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const release = createReleaseStack(logger);
  const [sns, sqs, raw] = [createSnsClient({ region }), createSqsClient({ region }), createDynamoClient({ region })];
  for (const client of [sns, sqs, raw]) release.defer('client', () => client.destroy());
  await ensureTables(raw, billingTables(prefix));
  // Reporting hears all that this service says.
  await provisionTopology({ sns, sqs, prefix, region, accountId, services: ['billing', 'reporting'] });
  const sandbox = createPaymentSandbox({ port: 0, logger });
  const { url: sandboxUrl } = await sandbox.start();
  release.defer('sandbox', () => sandbox.stop());
  const dynamo = createDocumentClient(raw);
  const said: Envelope[] = [];

  async function receive(): Promise<void> {
    const QueueUrl = await resolveQueue({ sqs, name: queueName(prefix, 'reporting', 'billing') });
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
    );
    if (Messages.length === 0) return;
    said.push(...Messages.map(({ Body }) => JSON.parse(Body!) as Envelope));
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    return receive();
  }

  async function depthOf(name: string): Promise<number> {
    const QueueUrl = await resolveQueue({ sqs, name });
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    const counts = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
    return counts.reduce((sum, count) => sum + Number(Attributes[count]), 0);
  }

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${sandboxUrl}${path}`, { ...init, headers: { 'content-type': 'application/json', connection: 'close' } });

  return {
    prefix,
    sandboxUrl,
    sqs,
    dynamo,
    tables: billingTableNames(prefix),
    start: (options: ServiceOptions = {}) => startService(prefix, sandboxUrl, options),
    /** Everything about this account that was published so far, copies included, in the order of arrival. */
    async said(tenantId: string): Promise<Envelope[]> {
      await receive();
      return said.filter(({ tenant_id }) => tenant_id === tenantId);
    },
    /** What waits or has waited to be published about this account. */
    async outboxRows(tenantId: string): Promise<Record<string, unknown>[]> {
      const TableName = billingTableNames(prefix).outbox;
      const { Items = [] } = await dynamo.send(new ScanCommand({ TableName, ConsistentRead: true }));
      return Items.filter(({ tenant_id }) => tenant_id === tenantId);
    },
    /** Puts an event straight into the service's queue, `copies` times; `id` when it is to be the same as another's. */
    async send<T extends EventType>(
      type: T,
      payload: NewPayload<T>,
      { tenantId, id = v7(), copies = 1 }: { tenantId: string; id?: string; copies?: number },
    ): Promise<void> {
      const ids = { id, correlationId: `correlation-${id}`, causationId: id };
      const rest = { source: 'test', tenantId, subject: 's', sequence: 1, timestamp: new Date().toISOString() };
      const MessageBody = JSON.stringify(makeEnvelope(type, payload, { ...ids, ...rest }));
      const domain = type.startsWith('charge.') ? 'billing' : 'subscription';
      const QueueUrl = await resolveQueue({ sqs, name: queueName(prefix, 'billing', domain) });
      await Promise.all(
        Array.from({ length: copies }, () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }))),
      );
    },
    /** Messages that wait or are in hand, and dead letters, of both queues. */
    async depth() {
      const names = (['billing', 'subscription'] as const).map((domain) => ['billing', domain] as const);
      const [waiting, dead] = await Promise.all([
        Promise.all(names.map(([service, domain]) => depthOf(queueName(prefix, service, domain)))),
        Promise.all(names.map(([service, domain]) => depthOf(deadLetterQueueName(prefix, service, domain)))),
      ]);
      const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);
      return { waiting: sum(waiting), dead: sum(dead) };
    },
    async ledger(chargeId: string): Promise<Ledger> {
      return (await (await ask(`/ledger?charge_id=${chargeId}`)).json()) as Ledger;
    },
    /** Tells the sandbox how to behave, or does something else there. */
    async sandbox(path: string, body: unknown = {}): Promise<void> {
      const answer = await ask(path, { method: 'POST', body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`);
      await answer.body?.cancel();
    },
    close: () => release.release(),
  };
}

async function startService(prefix: string, sandboxUrl: string, options: ServiceOptions): Promise<Service> {
  const { clock = () => new Date(), probe = () => {}, provider, sweepMs = 100, reportMs = 100 } = options;
  const logs = captureLogs();
  const { logger } = logs;
  const release = createReleaseStack(logger);
  const redis = createRedis({ url: stackVariable('REDIS_URL'), logger, name: 'billing-test' });
  release.defer('redis', () => redis.disconnect());
  const [sqs, sns, dynamo] = [createSqsClient({ region }), createSnsClient({ region }), createDynamoClient({ region })];
  for (const client of [sqs, sns, dynamo]) release.defer('client', () => client.destroy());
  const issuer = createIdentityIssuer({ keys: JSON.parse(stackVariable('IDENTITY_SIGNING_KEYS')) as JWK[], clock });
  const metrics = createMetrics({ service: 'billing', processMetrics: false });
  const app = createApp({
    config: { ...config(prefix, sandboxUrl), ...options.config },
    ...{ redis, sqs, sns, logger, metrics, clock, probe, sweepMs, reportMs },
    ...(provider === undefined ? {} : { provider }),
    dynamo: createDocumentClient(dynamo),
    identityKeys: localKeys(issuer.jwks()),
    random: Math.random,
    newId: v7,
  });
  release.defer('billing', () => app.stop());
  const { url } = await app.start();
  return {
    ...{ url, metrics, logs },
    express: app.express,
    as: (tenantId, role = 'owner', { audience = 'billing', email = 'ada@example.com' } = {}) =>
      createServiceClient(url, { issuer, audience, tenantId, userId: `user-of-${tenantId}`, role, email }),
    anonymous: createServiceClient(url),
    stop: () => release.release(),
  };
}

function config(prefix: string, sandboxUrl: string): BillingConfig {
  return {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    AWS_REGION: region,
    ATLAS_AWS_ACCOUNT_ID: accountId,
    ATLAS_PREFIX: prefix,
    REDIS_URL: '',
    BILLING_PORT: 0,
    BILLING_HOST: '127.0.0.1',
    IDENTITY_JWKS_URL: 'http://127.0.0.1:9/',
    PAYMENT_PROVIDER: 'sandbox',
    PAYMENT_SANDBOX_URL: sandboxUrl,
    STRIPE_SECRET_KEY: undefined,
    STRIPE_API_URL: undefined,
    STRIPE_WEBHOOK_SECRETS: [webhookSecret],
    PAYMENT_TIMEOUT_MS: 2_000,
    PAYMENT_BUDGET: 20,
    PAYMENT_PENDING_SECONDS: 1,
    REVERSAL_ATTEMPTS: 3,
    REVERSAL_RETRY_SECONDS: 1,
    UNRESOLVED_AFTER_SECONDS: 900,
    QUEUE_WAIT_SECONDS: 1,
    QUEUE_VISIBILITY_SECONDS: 5,
    OUTBOX_LEASE_SECONDS: 5,
    OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
    ATLAS_CRASH_AT: undefined,
  };
}
