import { setTimeout as delay } from 'node:timers/promises';
import { type HandlersFor, queueName, queuesOf, type Service } from '@atlas/event-contracts';
import {
  assertRedisAccess,
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
import type { ConsumerOptions } from '../consume/consumer.ts';
import { createServiceConsumers } from '../consume/service-consumers.ts';
import { createInbox } from '../inbox/inbox.ts';

type HttpApp = ReturnType<typeof createHttpApp>;
type Routers = Parameters<typeof createHttpApp>[0]['routers'];

/** What main.ts opens and closes again; the service only uses it. */
export interface ConsumingServiceDeps extends Omit<ServiceClients, 'release' | 'telemetry' | 'sns'> {
  telemetry?: ServiceClients['telemetry'];
  /** In [0, 1), for jitter. */
  random: () => number;
  /** Makes a UUID v7. */
  newId: () => string;
}

/** What every such service reads from its environment, beside what its clients need. */
export interface ConsumingServiceConfig {
  readonly ATLAS_PREFIX: string;
  readonly QUEUE_WAIT_SECONDS: number;
  readonly QUEUE_VISIBILITY_SECONDS: number;
  readonly DRAIN_SECONDS: number;
}

/** What makes it this service and no other. */
export interface ServiceParts<S extends Service> {
  readonly handlers: HandlersFor<S>;
  /** Behind the identity check. */
  readonly routers: Routers;
  /** In front of it: see `createHttpApp`. */
  readonly openRouters?: Routers;
  /** What consuming needs beside Redis, DynamoDB and SQS; requests are answered without it. */
  readonly canConsume?: () => Promise<boolean>;
  /**
   * What works without being asked: begins before the first message, and is asked to end within `deadlineMs` after the last one. Requests are
   * answered meanwhile; of a service that publishes it ends after them (`createEventService`).
   */
  readonly background?: { start(): void | Promise<void>; stop(options: Deadline): Promise<void> };
  /** Closes what the service has opened itself, last of all. */
  readonly close?: (options: Deadline) => Promise<void>;
  /** What readiness asks beside Redis, DynamoDB and SQS, by name. */
  readonly checks?: Parameters<typeof createHealth>[0]['checks'];
}

interface Deadline {
  readonly deadlineMs: number;
}

export interface ConsumingServiceOptions<S extends Service> extends ConsumingServiceDeps {
  readonly service: S;
  readonly config: ConsumingServiceConfig;
  readonly listen: { readonly port: number; readonly host: string };
  /** All of its tables; they must exist. `facts` is asked whether DynamoDB answers. */
  readonly tables: Readonly<Record<string, string>>;
  readonly facts: string;
  readonly parts: ServiceParts<S>;
  /** How much each queue's consumer holds, for handlers of large batches, which want several of them in hand; and whether handlers remember. */
  readonly consuming?: Pick<ConsumerOptions, 'maxInFlight' | 'receivers' | 'handlersRemember'>;
}

export interface EventService {
  /** What is served: for tests that look at every route. */
  readonly express: HttpApp;
  /**
   * Listens at once, and begins to work and to consume when everything that it needs answers. Throws SetupError for a table
   * or queue that does not exist, and for a taken port; `signal` ends the waiting.
   */
  start(signal?: AbortSignal): Promise<{ url: string; port: number }>;
  /** Says "not ready", answers for DRAIN_SECONDS more, finishes what is in hand, gives the rest back, and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

/**
 * When each part must have ended, in milliseconds since the stop began: below the 25 s that runMain gives a stop, and enough
 * for what a service has begun in the background, such as a webhook that may take 15 s. That is not begun any more while the service
 * answers for its DRAIN_SECONDS, which take half of the time: therefore it ends before the server does.
 */
const endsByMs = { consumers: 10_000, background: 16_000, http: 17_000, close: 22_000 };

/**
 * A service behind the gateway that keeps what it knows in DynamoDB and consumes what the topology sends it. It publishes nothing:
 * for one that does there is `createEventService`. Whatever it starts it stops in reverse order.
 */
export function createConsumingService<S extends Service>(options: ConsumingServiceOptions<S>): EventService {
  const { service, config, tables, parts, redis, dynamo, sqs, logger, metrics, clock, newId, random, probe } = options;
  const { canConsume = () => Promise.resolve(true), background, close } = parts;
  const prefix = config.ATLAS_PREFIX;
  const stopping = new AbortController();
  let isReady = false;
  let stoppedAt = 0;
  let drained: Promise<void> | undefined;
  const leftUntil = (endMs: number): Deadline => ({ deadlineMs: Math.max(0, endMs - (performance.now() - stoppedAt)) });

  const health = createHealth({
    // Not SNS: while it is out of reach the outbox grows, which is what the outbox is for. To refuse requests helps nobody.
    checks: {
      redis: () => pingRedis(redis),
      dynamodb: () => pingTable(dynamo, options.facts),
      sqs: () => pingQueue(sqs, queueName(prefix, service, queuesOf(service)[0]!.domain)),
      ...parts.checks,
    },
  });
  const verifyIdentity = createIdentityVerifier({ keySource: options.identityKeys, audience: service, clock });
  const { routers, openRouters } = parts;
  const app = createHttpApp({ logger, metrics, health, newId, verifyIdentity, routers, openRouters });
  const server = createHttpServer({ app, ...options.listen });
  const consumers = createServiceConsumers({
    ...{ service, prefix, sqs, metrics, logger, clock, random, telemetry: options.telemetry, probe },
    ...options.consuming,
    inbox: createInbox({ redis, prefix, service }),
    handlers: parts.handlers,
    isReady: async () => (await health.ready()) && (await canConsume()),
    waitTimeSeconds: config.QUEUE_WAIT_SECONDS,
    visibilityTimeoutSeconds: config.QUEUE_VISIBILITY_SECONDS,
  });

  const release = createReleaseStack(logger);
  if (close) release.defer(service, () => close(leftUntil(endsByMs.close)));
  release.defer('http server', async () => {
    await drained;
    await server.stop(leftUntil(endsByMs.http));
  });
  if (background) release.defer('background', () => background.stop(leftUntil(endsByMs.background)));
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
      await background?.start();
      await consumers.start();
      isReady = true;
      logger.info({ url: address.url }, `${service} is ready`);
      return address;
    },
    async stop() {
      stoppedAt = performance.now();
      health.drain();
      // What is in hand is finished meanwhile. Nobody sends requests to a service that has never been ready.
      if (isReady) drained = delay(config.DRAIN_SECONDS * 1000);
      stopping.abort(new Error(`the ${service} service is being stopped`));
      await release.release();
    },
  };
}
