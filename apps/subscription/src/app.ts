import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { queueName, queuesOf } from '@atlas/event-contracts';
import {
  createDynamoOutbox,
  createDynamoOutboxRelay,
  createInbox,
  createPublisher,
  createServiceConsumers,
  topicArns,
} from '@atlas/messaging';
import {
  assertTables,
  createDynamoIdempotencyStore,
  createHealth,
  createHttpApp,
  createHttpServer,
  createIdempotency,
  createIdentityVerifier,
  createInTransaction,
  createReleaseStack,
  type Logger,
  type Metrics,
  pingQueue,
  pingRedis,
  pingTable,
  type Probe,
  type remoteKeys,
  retryWhileUnreachable,
  type Telemetry,
} from '@atlas/platform';
import type { Express } from 'express';
import type { Redis } from 'ioredis';
import { accountDecider } from './account/account.decider.domain.ts';
import { createAccountCommands } from './account/account-commands.ts';
import { createAnswers } from './account/answers.ts';
import { createDynamoAccounts } from './account/dynamo-accounts.ts';
import { createOutcomeMetrics } from './account/handling.ts';
import type { SubscriptionConfig } from './config.ts';
import { currentRoutes } from './current/current.routes.ts';
import { createHandlers } from './handlers.ts';
import { plans } from './plans/plans.domain.ts';
import { suspensionRoutes } from './suspension/suspension.routes.ts';
import { subscriptionTableNames } from './tables.ts';

const service = 'subscription';

/** What main.ts opens and closes again; the service only uses it. */
export interface SubscriptionDeps {
  config: SubscriptionConfig;
  redis: Redis;
  dynamo: DynamoDBDocumentClient;
  sqs: SQSClient;
  sns: SNSClient;
  identityKeys: ReturnType<typeof remoteKeys>;
  logger: Logger;
  metrics: Metrics;
  telemetry?: Telemetry;
  clock: () => Date;
  /** In [0, 1), for jitter. */
  random: () => number;
  /** Makes a UUID v7. */
  newId: () => string;
  probe: Probe;
}

export interface SubscriptionService {
  /** What is served: for tests that look at every route. */
  readonly express: Express;
  /**
   * Listens at once, and begins to publish and to consume when everything that it needs answers. Throws SetupError for a table
   * or queue that does not exist, and for a taken port; `signal` ends the waiting.
   */
  start(signal?: AbortSignal): Promise<{ url: string; port: number }>;
  /** Says "not ready", finishes what is in hand, gives the rest back, and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/** For each part of the stop, in milliseconds; together below the 25 s that runMain gives it. */
const deadlines = { consumersMs: 10_000, httpMs: 5_000, relayMs: 3_000, publisherMs: 3_000 };

/** Wires the service together. Whatever it starts it stops in reverse order. */
export function createApp(deps: SubscriptionDeps): SubscriptionService {
  const { config, redis, dynamo, sqs, logger, metrics, clock, newId, probe, random } = deps;
  const prefix = config.ATLAS_PREFIX;
  const tables = subscriptionTableNames(prefix);
  const stopping = new AbortController();

  const scope = { region: config.AWS_REGION, accountId: config.ATLAS_AWS_ACCOUNT_ID, prefix };
  const publisher = createPublisher({ sns: deps.sns, topicArn: topicArns(scope), metrics, logger });
  const relay = createDynamoOutboxRelay({
    ...{ dynamo, tableName: tables.outbox, newId, random, publisher, metrics, logger, clock, probe },
    leaseMs: config.OUTBOX_LEASE_SECONDS * 1000,
  });
  const outbox = createDynamoOutbox({ source: service, clock, newId, tableName: tables.outbox, relay });
  const accounts = createDynamoAccounts({ dynamo, tableName: tables.subscriptions });
  const inTransaction = createInTransaction({ dynamo, idempotencyTable: tables.idempotency });
  const decider = accountDecider(plans);
  const handle = createAccountCommands({ accounts, decider, outbox, inTransaction, random, probe });
  const idempotency = createIdempotency({
    store: createDynamoIdempotencyStore({ dynamo, tableName: tables.idempotency, clock }),
  });

  const health = createHealth({
    // Not SNS: while it is out of reach the outbox grows, which is what the outbox is for.
    checks: {
      redis: () => pingRedis(redis),
      dynamodb: () => pingTable(dynamo, tables.subscriptions),
      sqs: () => pingQueue(sqs, queueName(prefix, service, queuesOf(service)[0]!.domain)),
    },
  });
  const app = createHttpApp({
    ...{ logger, metrics, health, newId },
    verifyIdentity: createIdentityVerifier({ keySource: deps.identityKeys, audience: service, clock }),
    routers: [
      currentRoutes({ accounts, handle, plans, idempotency, clock }),
      suspensionRoutes({ accounts, handle, clock, logger }),
    ],
  });
  const server = createHttpServer({ app, port: config.SUBSCRIPTION_PORT, host: config.SUBSCRIPTION_HOST });
  const consumers = createServiceConsumers({
    ...{ service, prefix, sqs, metrics, logger, clock, telemetry: deps.telemetry, probe },
    inbox: createInbox({ redis, prefix, service }),
    handlers: createHandlers({
      ...{ handle, newId },
      answers: createAnswers({ publisher }),
      outcomes: createOutcomeMetrics(metrics),
    }),
    isReady: () => health.ready(),
    waitTimeSeconds: config.QUEUE_WAIT_SECONDS,
    visibilityTimeoutSeconds: config.QUEUE_VISIBILITY_SECONDS,
  });

  const release = createReleaseStack(logger);
  release.defer('publisher', () => publisher.stop({ deadlineMs: deadlines.publisherMs }));
  release.defer('relay', async () => {
    const report = await relay.stop({ deadlineMs: deadlines.relayMs });
    logger.info(report, 'relay stopped');
  });
  release.defer('http server', () => server.stop({ deadlineMs: deadlines.httpMs }));
  release.defer('consumers', async () => {
    const report = await consumers.stop({ deadlineMs: deadlines.consumersMs });
    logger.info(report, 'consumers stopped');
  });

  return {
    express: app,
    async start(signal) {
      const address = await server.start();
      const ended = signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal;
      const check = () => assertTables(dynamo, Object.values(tables));
      await retryWhileUnreachable('DynamoDB', check, { logger, signal: ended });
      await relay.start();
      await consumers.start();
      logger.info({ url: address.url }, 'subscription is ready');
      return address;
    },
    async stop() {
      health.drain();
      stopping.abort(new Error('the subscription service is being stopped'));
      await release.release();
    },
  };
}
