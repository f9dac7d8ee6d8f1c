import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import {
  composeEnvelopes,
  deadLetterQueueName,
  domainOf,
  domains,
  type Envelope,
  type EventType,
  type NewPayload,
  queueName,
  queuesOf,
  type Service,
} from '@atlas/event-contracts';
import {
  createDocumentClient,
  createDynamoClient,
  createIdentityIssuer,
  createMetrics,
  createRedis,
  createReleaseStack,
  createSnsClient,
  createSqsClient,
  ensureTables,
  localKeys,
  type Probe,
  type TableDefinition,
} from '@atlas/platform';
import { captureLogs, createServiceClient, type ServiceClient, stackVariable, testPrefix } from '@atlas/testing';
import { v7 } from 'uuid';
import { provisionTopology } from '../topology/provision-topology.ts';
import { resolveQueue } from '../topology/resolve-queue.ts';
import type { EventService } from './consuming-service.ts';
import type { EventServiceConfig, EventServiceDeps } from './event-service.ts';

const region = 'eu-central-1';
const accountId = '000000000000';

/** A tenant that no other test knows. */
export const newTenant = (): string => `tenant-${v7()}`;

/** The environment of a service under test, as far as every service has it. */
export const testEnvironment = (prefix: string) =>
  ({
    NODE_ENV: 'test' as const,
    LOG_LEVEL: 'silent' as const,
    AWS_REGION: region,
    ATLAS_AWS_ACCOUNT_ID: accountId,
    ATLAS_PREFIX: prefix,
    REDIS_URL: '',
    IDENTITY_JWKS_URL: 'http://127.0.0.1:9/',
    QUEUE_WAIT_SECONDS: 1,
    QUEUE_VISIBILITY_SECONDS: 5,
    OUTBOX_LEASE_SECONDS: 5,
    DRAIN_SECONDS: 0,
    OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
    ATLAS_CRASH_AT: undefined,
  }) satisfies EventServiceConfig & Record<string, unknown>;

/** The envelopes of an event as a producer would publish them, one per major, newest first. */
export function envelopesOf<T extends EventType>(
  type: T,
  payload: NewPayload<T>,
  { tenantId, id = v7() }: { tenantId: string; id?: string | undefined },
): Envelope[] {
  const ids = { id, correlationId: `correlation-${id}`, causationId: id };
  const rest = { source: 'test', tenantId, subject: 's', sequence: 1, timestamp: new Date().toISOString() };
  return composeEnvelopes(type, payload, { ...ids, ...rest });
}

/** Topics, queues and tables of their own for a service that `createEventService` or `createConsumingService` makes, and an ear for what it publishes. */
export async function openServiceKit(service: Service, tablesOf: (prefix: string) => TableDefinition[]) {
  const prefix = testPrefix();
  const release = createReleaseStack(captureLogs().logger);
  const [sns, sqs, raw] = [createSnsClient({ region }), createSqsClient({ region }), createDynamoClient({ region })];
  for (const client of [sns, sqs, raw]) release.defer('client', () => client.destroy());
  const dynamo = createDocumentClient(raw);
  await ensureTables(raw, tablesOf(prefix));
  // Reporting hears all that billing and subscription say. It says nothing itself.
  await provisionTopology({
    sns,
    sqs,
    prefix,
    region,
    accountId,
    services: [...new Set([service, 'reporting' as const])],
  });
  const domain = domains.find((name) => name === service);
  const said = domain && createEar(sqs, await resolveQueue({ sqs, name: queueName(prefix, 'reporting', domain) }));

  return {
    ...{ prefix, sqs, dynamo, release },
    said: said ?? (() => Promise.resolve([])),
    run: (create: CreateService, options: RunOptions = {}) => runService(service, create, options),
    /** Puts envelopes straight into the service's queues. */
    async send(...envelopes: readonly Envelope[]): Promise<void> {
      const put = async (envelope: Envelope) => {
        const QueueUrl = await resolveQueue({ sqs, name: queueName(prefix, service, domainOf(envelope.event)) });
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(envelope) }));
      };
      await Promise.all(envelopes.map(put));
    },
    /** Messages that wait or are in hand, and dead letters, of all queues of the service. */
    async depth() {
      const queues = queuesOf(service);
      const sum = async (nameOf: typeof queueName) => {
        const depths = await Promise.all(queues.map(({ domain: from }) => depthOf(sqs, nameOf(prefix, service, from))));
        return depths.reduce((all, depth) => all + depth, 0);
      };
      return { waiting: await sum(queueName), dead: await sum(deadLetterQueueName) };
    },
    items: (tableName: string) => scan(dynamo, tableName),
    close: () => release.release(),
  };
}

type CreateService = (deps: EventServiceDeps) => EventService;

export interface RunOptions {
  readonly clock?: () => Date;
  readonly probe?: Probe;
  /** In place of the kit's own, for a test that takes a dependency away; whoever made them closes them. */
  readonly clients?: Partial<Pick<EventServiceDeps, 'dynamo' | 'sns'>>;
}

export type RunningEventService = Awaited<ReturnType<typeof runService>>;

async function runService(service: Service, create: CreateService, options: RunOptions) {
  const { clock = () => new Date(), probe = () => {} } = options;
  const logs = captureLogs();
  const { logger } = logs;
  const release = createReleaseStack(logger);
  const redis = createRedis({ url: stackVariable('REDIS_URL'), logger, name: `${service}-test` });
  release.defer('redis', () => redis.disconnect());
  const [sqs, sns, dynamo] = [createSqsClient({ region }), createSnsClient({ region }), createDynamoClient({ region })];
  for (const client of [sqs, sns, dynamo]) release.defer('client', () => client.destroy());
  const keys = JSON.parse(stackVariable('IDENTITY_SIGNING_KEYS')) as Parameters<typeof createIdentityIssuer>[0]['keys'];
  const issuer = createIdentityIssuer({ keys, clock });
  const metrics = createMetrics({ service, processMetrics: false });
  const app = create({
    ...{ redis, sqs, sns, logger, metrics, clock, probe },
    dynamo: createDocumentClient(dynamo),
    identityKeys: localKeys(issuer.jwks()),
    random: Math.random,
    newId: v7,
    ...options.clients,
  });
  release.defer(service, () => app.stop());
  const { url } = await app.start().catch(async (error: unknown) => {
    await release.release();
    throw error;
  });
  return {
    ...{ url, metrics, logs, express: app.express },
    /** A client with a fresh identity token of this tenant; role `owner` unless said otherwise. */
    as(
      tenantId: string,
      role: 'owner' | 'member' | 'operator' = 'owner',
      who: { audience?: string; email?: string } = {},
    ): ServiceClient {
      const { audience = service, email } = who;
      const asked = { issuer, audience, tenantId, userId: `user-of-${tenantId}`, role };
      return createServiceClient(url, email === undefined ? asked : { ...asked, email });
    },
    /** A client without any identity. */
    anonymous: createServiceClient(url),
    stop: () => release.release(),
  };
}

/** Everything about a tenant that came to a queue so far, copies included, in the order of arrival. */
function createEar(sqs: SQSClient, QueueUrl: string): (tenantId: string) => Promise<Envelope[]> {
  const heard: Envelope[] = [];
  return async function said(tenantId) {
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }),
      );
      if (Messages.length === 0) return heard.filter(({ tenant_id }) => tenant_id === tenantId);
      heard.push(...Messages.map(({ Body }) => JSON.parse(Body!) as Envelope));
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  };
}

async function depthOf(sqs: SQSClient, name: string): Promise<number> {
  const QueueUrl = await resolveQueue({ sqs, name });
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
  const counts = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  return counts.reduce((sum, count) => sum + Number(Attributes[count]), 0);
}

async function scan(dynamo: DynamoDBDocumentClient, TableName: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items;
}
