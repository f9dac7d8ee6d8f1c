import { setTimeout as delay } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { queueName, queuesOf } from '@atlas/event-contracts';
import { createInbox, createServiceConsumers } from '@atlas/messaging';
import {
  assertRedisAccess,
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
import { createBudgets } from './budgets.ts';
import type { NotificationConfig } from './config.ts';
import { createDynamoContacts } from './contacts/dynamo-contacts.ts';
import { createDynamoFeed } from './feed/dynamo-feed.ts';
import { feedRoutes } from './feed/feed.routes.ts';
import { createHandlers } from './handlers.ts';
import { createMailDesk } from './mail/mail-desk.ts';
import { createMailer, type MailerOptions } from './mail/mailer.ts';
import { createMailRenderer } from './mail/renderer.ts';
import { notificationTableNames } from './tables.ts';
import { createAddressGuard } from './webhooks/address-guard.ts';
import { createWebhooks, type WebhooksDeps } from './webhooks/create-webhooks.ts';

const service = 'notification';

/** What main.ts opens and closes again; the service only uses it. */
export interface NotificationDeps {
  config: NotificationConfig;
  redis: Redis;
  dynamo: DynamoDBDocumentClient;
  sqs: SQSClient;
  identityKeys: ReturnType<typeof remoteKeys>;
  logger: Logger;
  metrics: Metrics;
  telemetry?: Telemetry;
  clock: () => Date;
  /** In [0, 1), for jitter. */
  random: () => number;
  /** Makes a UUID v7: endpoints and test events are read in the order of their ids. */
  newId: () => string;
  probe: Probe;
  /** Only tests set these. */
  timing?: Pick<WebhooksDeps, 'attemptTimeoutMs' | 'sweepEveryMs' | 'duePageSize'> & Pick<MailerOptions, 'deferredMs'>;
}

export interface Notification {
  /** What is served: for tests that look at every route. */
  readonly express: Express;
  /**
   * Listens at once, and begins to consume when everything that it needs answers. Throws SetupError for a table or
   * queue that does not exist, and for a taken port; `signal` ends the waiting.
   */
  start(signal?: AbortSignal): Promise<{ url: string; port: number }>;
  /** Says "not ready", answers for DRAIN_SECONDS more, finishes what is in hand, gives the rest back, and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/**
 * When each part must have ended, in milliseconds since the stop began: below the 25 s that runMain gives a stop, and
 * enough for a webhook that had begun before it (15 s) to end.
 */
const endsByMs = { consumers: 10_000, webhooks: 16_000, http: 20_000, mail: 22_000 };

/** Wires the service together. Whatever it starts it stops in reverse order. */
export function createApp(deps: NotificationDeps): Notification {
  const { config, redis, dynamo, sqs, logger, metrics, clock } = deps;
  const prefix = config.ATLAS_PREFIX;
  const tables = notificationTableNames(prefix);
  const now = () => clock().getTime();
  const stopping = new AbortController();
  let stoppedAt = 0;
  let isReady = false;
  let drained: Promise<void> | undefined;
  const leftUntil = (endMs: number) => ({ deadlineMs: Math.max(0, endMs - (performance.now() - stoppedAt)) });

  const mailer = createMailer({
    url: config.SMTP_URL,
    from: config.MAIL_FROM,
    maxConnections: config.SMTP_CONNECTIONS,
    metrics,
    now,
    deferredMs: deps.timing?.deferredMs,
  });
  const budgets = createBudgets({
    ...{ redis, prefix, logger, metrics },
    limits: { mail: config.MAIL_BUDGET, webhookHost: config.WEBHOOK_HOST_BUDGET },
  });
  const renderer = createMailRenderer();
  const mail = createMailDesk({ renderer, mailer, budget: budgets.mail });
  const feed = createDynamoFeed({ dynamo, tableName: tables.feed });
  const contacts = createDynamoContacts({ dynamo, tableName: tables.contacts });
  const store = createDynamoIdempotencyStore({ dynamo, tableName: tables.idempotency, clock });
  const webhooks = createWebhooks({
    ...deps,
    attemptTimeoutMs: config.WEBHOOK_TIMEOUT_SECONDS * 1000,
    ...deps.timing,
    tables,
    contacts,
    mail: createMailDesk({ renderer, mailer }),
    budgets,
    now,
    guard: createAddressGuard({
      allowHttp: config.NODE_ENV !== 'production',
      allowedHosts: config.WEBHOOK_ALLOWED_HOSTS,
    }),
    idempotency: createIdempotency({ store }),
    inTransaction: createInTransaction({ dynamo, idempotencyTable: tables.idempotency }),
  });

  const health = createHealth({
    checks: {
      redis: () => pingRedis(redis),
      dynamodb: () => pingTable(dynamo, tables.feed),
      sqs: () => pingQueue(sqs, queueName(prefix, service, queuesOf(service)[0]!.domain)),
      smtp: () => mailer.check(),
    },
  });
  const verifyIdentity = createIdentityVerifier({ keySource: deps.identityKeys, audience: service, clock });
  const routers = [feedRoutes({ feed }), ...webhooks.routers];
  const app = createHttpApp({ ...deps, health, verifyIdentity, routers });
  const server = createHttpServer({ app, port: config.NOTIFICATION_PORT, host: config.NOTIFICATION_HOST });
  const consumers = createServiceConsumers({
    ...{ service, prefix, sqs, metrics, logger, clock, telemetry: deps.telemetry, probe: deps.probe },
    inbox: createInbox({ redis, prefix, service }),
    handlers: createHandlers({ mail, fanOut: webhooks.fanOut, feed, contacts }),
    isReady: () => health.ready(),
    waitTimeSeconds: config.QUEUE_WAIT_SECONDS,
    visibilityTimeoutSeconds: config.QUEUE_VISIBILITY_SECONDS,
  });

  const release = createReleaseStack(logger);
  release.defer('mailer', () => mailer.close(leftUntil(endsByMs.mail)));
  release.defer('http server', async () => {
    await drained;
    await server.stop(leftUntil(endsByMs.http));
  });
  release.defer('webhooks', () => webhooks.stop(leftUntil(endsByMs.webhooks)));
  release.defer('consumers', async () => {
    const report = await consumers.stop(leftUntil(endsByMs.consumers));
    logger.info(report, 'consumers stopped');
  });

  return {
    express: app,
    async start(signal) {
      const address = await server.start();
      const ended = signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal;
      const check = () => assertTables(dynamo, Object.values(tables));
      await assertRedisAccess(redis);
      await retryWhileUnreachable('DynamoDB', check, { logger, signal: ended });
      webhooks.start();
      await consumers.start();
      isReady = true;
      logger.info({ url: address.url }, 'notification is ready');
      return address;
    },
    async stop() {
      stoppedAt = performance.now();
      health.drain();
      // What is in hand is finished meanwhile. Nobody sends requests to a service that has never been ready.
      if (isReady) drained = delay(config.DRAIN_SECONDS * 1000);
      stopping.abort(new Error('the notification service is being stopped'));
      await release.release();
    },
  };
}
