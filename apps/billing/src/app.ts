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
  createHealth,
  createHttpApp,
  createHttpServer,
  createIdentityVerifier,
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
import type { BillingConfig } from './config.ts';
import { createCharges } from './charge/create-charges.ts';
import { createHandlers } from './handlers.ts';
import { historyRoutes } from './history/history.routes.ts';
import { createPaymentProvider } from './payment-provider/payment-provider.config.ts';
import type { PaymentProvider } from './payment-provider/payment-provider.ts';
import { createReplayGuard } from './payment-provider/stripe/replay-guard.ts';
import { signatureToleranceMs, stripeWebhookRoutes } from './payment-provider/stripe/stripe-webhook.routes.ts';
import { plansRoutes } from './plans/plans.routes.ts';
import { billingTableNames } from './tables.ts';

const service = 'billing';

/** What main.ts opens and closes again; the service only uses it. */
export interface BillingDeps {
  config: BillingConfig;
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
  /** Only tests set these. */
  provider?: PaymentProvider;
  sweepMs?: number;
  reportMs?: number;
}

export interface Billing {
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
export function createApp(deps: BillingDeps): Billing {
  const { config, redis, dynamo, sqs, logger, metrics, clock, newId, probe, random } = deps;
  const prefix = config.ATLAS_PREFIX;
  const tables = billingTableNames(prefix);
  const stopping = new AbortController();
  const now = () => clock().getTime();

  const scope = { region: config.AWS_REGION, accountId: config.ATLAS_AWS_ACCOUNT_ID, prefix };
  const publisher = createPublisher({ sns: deps.sns, topicArn: topicArns(scope), metrics, logger });
  const relay = createDynamoOutboxRelay({
    ...{ dynamo, tableName: tables.outbox, newId, random, publisher, metrics, logger, clock, probe },
    leaseMs: config.OUTBOX_LEASE_SECONDS * 1000,
  });
  const outbox = createDynamoOutbox({ source: service, clock, newId, tableName: tables.outbox, relay });
  const provider = deps.provider ?? createPaymentProvider({ config, metrics, logger, now });
  const charges = createCharges({ ...deps, tables, outbox, provider });

  const health = createHealth({
    // Neither SNS nor the payment provider: requests are taken while they are away, and wait in outbox and queue.
    checks: {
      redis: () => pingRedis(redis),
      dynamodb: () => pingTable(dynamo, tables.events),
      sqs: () => pingQueue(sqs, queueName(prefix, service, queuesOf(service)[0]!.domain)),
    },
  });
  const secrets = config.STRIPE_WEBHOOK_SECRETS;
  const replays = createReplayGuard({ redis, prefix, keptMs: 2 * signatureToleranceMs });
  const { settle } = charges;
  const app = createHttpApp({
    ...{ logger, metrics, health, newId },
    verifyIdentity: createIdentityVerifier({ keySource: deps.identityKeys, audience: service, clock }),
    openRouters: secrets
      ? [stripeWebhookRoutes({ secrets, replays, settle, chargeOf: provider.chargeOf, now, logger, metrics })]
      : [],
    routers: [plansRoutes(), historyRoutes({ accounts: charges.accounts }), ...charges.routers],
  });
  const server = createHttpServer({ app, port: config.BILLING_PORT, host: config.BILLING_HOST });
  const consumers = createServiceConsumers({
    ...{ service, prefix, sqs, metrics, logger, clock, telemetry: deps.telemetry, probe },
    inbox: createInbox({ redis, prefix, service }),
    handlers: createHandlers({ ...charges, probe }),
    isReady: async () => (await health.ready()) && (await answers(provider)),
    waitTimeSeconds: config.QUEUE_WAIT_SECONDS,
    visibilityTimeoutSeconds: config.QUEUE_VISIBILITY_SECONDS,
  });

  const release = createReleaseStack(logger);
  release.defer('payment provider', () => provider.close());
  release.defer('publisher', () => publisher.stop({ deadlineMs: deadlines.publisherMs }));
  release.defer('relay', async () => {
    const report = await relay.stop({ deadlineMs: deadlines.relayMs });
    logger.info(report, 'relay stopped');
  });
  release.defer('charges', () => charges.stop());
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
      charges.start();
      await consumers.start();
      logger.info({ url: address.url, provider: provider.name }, 'billing is ready');
      return address;
    },
    async stop() {
      health.drain();
      stopping.abort(new Error('the billing service is being stopped'));
      await release.release();
    },
  };
}

const answers = (provider: PaymentProvider): Promise<boolean> =>
  provider.check().then(
    () => true,
    () => false,
  );
