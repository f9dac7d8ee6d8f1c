import { type HandlersFor, queueName, queuesOf, type Service } from '@atlas/event-contracts';
import {
  assertTables,
  createHealth,
  createHttpApp,
  createHttpServer,
  createIdentityVerifier,
  createReleaseStack,
  pingQueue,
  pingRedis,
  pingTable,
  retryWhileUnreachable,
  type ServiceClients,
} from '@atlas/platform';
import { createServiceConsumers } from '../consume/service-consumers.ts';
import { createDynamoOutbox, type DynamoOutbox } from '../dynamo-outbox/dynamo-outbox.ts';
import { createDynamoOutboxRelay } from '../dynamo-outbox/dynamo-outbox-relay.ts';
import { createInbox } from '../inbox/inbox.ts';
import { createPublisher, type Publisher } from '../publish/publisher.ts';
import { topicArns } from '../topology/arns.ts';

type HttpApp = ReturnType<typeof createHttpApp>;
type Routers = Parameters<typeof createHttpApp>[0]['routers'];

/** What main.ts opens and closes again; the service only uses it. */
export interface EventServiceDeps extends Omit<ServiceClients, 'release' | 'telemetry'> {
  telemetry?: ServiceClients['telemetry'];
  /** In [0, 1), for jitter. */
  random: () => number;
  /** Makes a UUID v7. */
  newId: () => string;
}

/** What every such service reads from its environment, beside what its clients need. */
export interface EventServiceConfig {
  readonly AWS_REGION: string;
  readonly ATLAS_AWS_ACCOUNT_ID: string;
  readonly ATLAS_PREFIX: string;
  readonly OUTBOX_LEASE_SECONDS: number;
  readonly QUEUE_WAIT_SECONDS: number;
  readonly QUEUE_VISIBILITY_SECONDS: number;
}

/** What makes it this service and no other. */
export interface EventServiceParts<S extends Service> {
  readonly handlers: HandlersFor<S>;
  /** Behind the identity check. */
  readonly routers: Routers;
  /** In front of it: see `createHttpApp`. */
  readonly openRouters?: Routers;
  /** What consuming needs beside Redis, DynamoDB and SQS; requests are answered without it. */
  readonly canConsume?: () => Promise<boolean>;
  /** What works without being asked: begins before the first message, ends after the last request. */
  readonly background?: { start(): void; stop(): Promise<void> };
  /** Closes what the service has opened itself, last of all. */
  readonly close?: () => Promise<void>;
}

export interface EventServiceOptions<S extends Service> extends EventServiceDeps {
  readonly service: S;
  readonly config: EventServiceConfig;
  readonly listen: { readonly port: number; readonly host: string };
  /** All of its tables, the outbox among them; they must exist. `facts` is asked whether DynamoDB answers. */
  readonly tables: Readonly<Record<string, string>> & { readonly outbox: string };
  readonly facts: string;
  /** Makes the rest of the service, which writes its events through `outbox`. */
  readonly parts: (made: { readonly outbox: DynamoOutbox; readonly publisher: Publisher }) => EventServiceParts<S>;
}

export interface EventService {
  /** What is served: for tests that look at every route. */
  readonly express: HttpApp;
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

/**
 * A service behind the gateway that keeps its facts in DynamoDB, publishes their events through an outbox there, and consumes
 * what the topology sends it. Whatever it starts it stops in reverse order.
 */
export function createEventService<S extends Service>(options: EventServiceOptions<S>): EventService {
  const { service, config, tables, redis, dynamo, sqs, logger, metrics, clock, newId, random, probe } = options;
  const prefix = config.ATLAS_PREFIX;
  const stopping = new AbortController();

  const scope = { region: config.AWS_REGION, accountId: config.ATLAS_AWS_ACCOUNT_ID, prefix };
  const publisher = createPublisher({ sns: options.sns, topicArn: topicArns(scope), metrics, logger });
  const relay = createDynamoOutboxRelay({
    ...{ dynamo, tableName: tables.outbox, newId, random, publisher, metrics, logger, clock, probe },
    leaseMs: config.OUTBOX_LEASE_SECONDS * 1000,
  });
  const outbox = createDynamoOutbox({ source: service, clock, newId, tableName: tables.outbox, relay });
  const parts = options.parts({ outbox, publisher });
  const { canConsume = () => Promise.resolve(true), background, close } = parts;

  const health = createHealth({
    // Not SNS: while it is out of reach the outbox grows, which is what the outbox is for. To refuse requests helps nobody.
    checks: {
      redis: () => pingRedis(redis),
      dynamodb: () => pingTable(dynamo, options.facts),
      sqs: () => pingQueue(sqs, queueName(prefix, service, queuesOf(service)[0]!.domain)),
    },
  });
  const verifyIdentity = createIdentityVerifier({ keySource: options.identityKeys, audience: service, clock });
  const { routers, openRouters } = parts;
  const app = createHttpApp({ logger, metrics, health, newId, verifyIdentity, routers, openRouters });
  const server = createHttpServer({ app, ...options.listen });
  const consumers = createServiceConsumers({
    ...{ service, prefix, sqs, metrics, logger, clock, telemetry: options.telemetry, probe },
    inbox: createInbox({ redis, prefix, service }),
    handlers: parts.handlers,
    isReady: async () => (await health.ready()) && (await canConsume()),
    waitTimeSeconds: config.QUEUE_WAIT_SECONDS,
    visibilityTimeoutSeconds: config.QUEUE_VISIBILITY_SECONDS,
  });

  const release = createReleaseStack(logger);
  if (close) release.defer(service, close);
  release.defer('publisher', () => publisher.stop({ deadlineMs: deadlines.publisherMs }));
  release.defer('relay', async () => {
    const report = await relay.stop({ deadlineMs: deadlines.relayMs });
    logger.info(report, 'relay stopped');
  });
  if (background) release.defer('background', () => background.stop());
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
      background?.start();
      await consumers.start();
      logger.info({ url: address.url }, `${service} is ready`);
      return address;
    },
    async stop() {
      health.drain();
      stopping.abort(new Error(`the ${service} service is being stopped`));
      await release.release();
    },
  };
}
