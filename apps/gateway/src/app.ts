import { setTimeout as delay } from 'node:timers/promises';
import { checkTopics, createPublisher, type PublisherOptions, topicArns } from '@atlas/messaging';
import { createOutbox, createOutboxRelay } from '@atlas/messaging/postgres';
import {
  assertRedisAccess,
  createHealth,
  createHttpServer,
  createIdentityIssuer,
  createReleaseStack,
  type Logger,
  type Metrics,
  pingRedis,
  type Probe,
  retryWhileUnreachable,
  type Telemetry,
} from '@atlas/platform';
import { assertPostgresAccess, pingPostgres } from '@atlas/platform/postgres';
import { createChangeFeed, createFlags } from '@atlas/shared-state';
import type { Express } from 'express';
import type { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { createProviderWebhooks } from './billing/provider-webhooks.ts';
import type { GatewayConfig } from './config.ts';
import { createDatabase, type Db } from './database.ts';
import { createAnswerPruning } from './edge/answer-pruning.ts';
import { createLimits } from './edge/limits.ts';
import { createSessions } from './edge/session.ts';
import type { ShadowSettings } from './edge/strangler/shadow.ts';
import { createStrangler } from './edge/strangler/strangler.ts';
import { createHttp, type HttpDeps } from './http.ts';
import { assertMigrated } from './migrations/migrate.ts';
import { flagDefinitions } from './flags/flag-definitions.ts';
import { createSlices, type ServiceUrls } from './slices.ts';
import { ensureOperator } from './tenants/operator.ts';
import { createPasswords } from './tenants/passwords.ts';
import { createSignInThrottle } from './tenants/sign-in-throttle.ts';
import { createTenantSettings } from './tenant-settings/tenant-settings.ts';

/** What main.ts opens and closes again; the gateway only uses it. */
export interface GatewayDeps {
  config: GatewayConfig;
  pool: Pool;
  redis: Redis;
  sns: PublisherOptions['sns'];
  logger: Logger;
  metrics: Metrics;
  telemetry: Telemetry;
  clock: () => Date;
  /** Makes a UUID v7: the order of ids is the order in which lists are read. */
  newId: () => string;
  probe: Probe;
  /** Only tests set these. */
  shadow?: Partial<ShadowSettings>;
}

export interface Gateway {
  /** What is served: for tests that look at every route. */
  readonly express: Express;
  /**
   * Listens at once and says "not ready" until PostgreSQL answers and has the schema of this version. Throws SetupError
   * for another schema, a taken port, a refused account, a topic that does not exist, or an operator's address that a customer has;
   * `signal` ends the waiting.
   */
  start(signal?: AbortSignal): Promise<{ url: string; port: number }>;
  /** Says "not ready", goes on for DRAIN_SECONDS, finishes the requests and the events in hand, and resolves when nothing runs any more. */
  stop(): Promise<void>;
}

const pruneEveryMs = 10 * 60 * 1000;
const httpDeadlineMs = 10_000;
const eventsDeadlineMs = 5_000;
/** Wires the gateway together. Whatever it starts it stops in reverse order. */
export function createApp(deps: GatewayDeps): Gateway {
  const { config, pool, redis, logger, clock } = deps;
  const db = createDatabase(pool);
  const passwords = createPasswords();
  const background = createBackground(deps, db);
  const edge = createEdge(deps);
  const shared = createShared(deps, db);
  const strangler = createStrangler({
    ...deps,
    changes: shared.changes,
    prefix: config.ATLAS_PREFIX,
    slices: createSlices({ db, clock, urls: serviceUrls(config) }),
    issueToken: edge.issuer.issue,
    windowMs: config.STRANGLER_WINDOW_SECONDS * 1000,
    random: Math.random,
  });
  const providerWebhooks = createProviderWebhooks({ billingUrl: config.BILLING_URL, issueToken: edge.issuer.issue });
  const stopping = new AbortController();
  let prepared = false;

  const health = createHealth({
    // Not SNS: while it is out of reach the outbox grows, which is what the outbox is for. To refuse orders helps nobody.
    checks: {
      postgres: () => pingPostgres(pool),
      redis: () => pingRedis(redis),
      slices: () => strangler.assertKnown(),
      flags: () => shared.assertKnown(),
      schema: () => (prepared ? Promise.resolve() : Promise.reject(new Error('not checked yet'))),
    },
  });
  const outbox = createOutbox({ source: 'gateway', clock, newId: deps.newId });
  const app = createHttp({
    ...deps,
    ...edge,
    ...shared.deps,
    strangler,
    providerWebhooks,
    db,
    passwords,
    outbox,
    health,
    ...httpSettings(config),
  });
  const server = createHttpServer({ app, port: config.GATEWAY_PORT, host: config.GATEWAY_HOST });

  const release = createReleaseStack(logger);
  release.defer('strangler', () => strangler.stop());
  release.defer('provider webhooks', () => providerWebhooks.stop());
  release.defer('shared state', () => shared.stop());
  release.defer('events', () => background.stop());
  release.defer('http server', () => server.stop({ deadlineMs: httpDeadlineMs }));

  async function prepare(): Promise<void> {
    await assertPostgresAccess(pool);
    const later = await assertMigrated(db);
    if (later.length > 0) logger.warn({ migrations: later }, 'the database schema is that of a later version');
    const { OPERATOR_EMAIL: email, OPERATOR_PASSWORD: password } = config;
    if (email && password) await ensureOperator({ ...deps, db, passwords }, { email, password });
  }

  return {
    express: app,
    async start(signal) {
      const address = await server.start();
      await assertRedisAccess(redis);
      await shared.start();
      await strangler.start();
      const ended = signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal;
      await retryWhileUnreachable('PostgreSQL', prepare, { logger, signal: ended });
      await background.start();
      prepared = true;
      logger.info({ url: address.url }, 'gateway is ready');
      return address;
    },
    async stop() {
      health.drain();
      stopping.abort(new Error('the gateway is being stopped'));
      if (prepared) await delay(config.DRAIN_SECONDS * 1000);
      await release.release();
    },
  };
}

function httpSettings({
  SESSION_SECRETS,
  TRUST_PROXY,
}: GatewayConfig): Pick<HttpDeps, 'fingerprintSecret' | 'trustProxy'> {
  return { fingerprintSecret: SESSION_SECRETS[0]!, trustProxy: TRUST_PROXY };
}

function serviceUrls(config: GatewayConfig): ServiceUrls {
  return {
    notification: config.NOTIFICATION_URL,
    reporting: config.REPORTING_URL,
    billing: config.BILLING_URL,
    subscription: config.SUBSCRIPTION_URL,
  };
}

/** What works without being asked: the relay that publishes the outbox, and the removal of what is old. */
function createBackground(deps: GatewayDeps, db: Db) {
  const { config, pool, sns, logger, metrics, clock, probe } = deps;
  const scope = { region: config.AWS_REGION, accountId: config.ATLAS_AWS_ACCOUNT_ID, prefix: config.ATLAS_PREFIX };
  const topicArn = topicArns(scope);
  const publisher = createPublisher({ sns, topicArn, metrics, logger });
  const relay = createOutboxRelay({
    ...{ pool, publisher, metrics, logger, clock, probe },
    leaseMs: config.OUTBOX_LEASE_SECONDS * 1000,
  });
  const pruning = createAnswerPruning({ db, clock, everyMs: pruneEveryMs, logger });
  return {
    async start() {
      await checkTopics({ sns, service: 'gateway', topicArn, logger });
      await relay.start();
      pruning.start();
    },
    async stop() {
      await pruning.stop();
      await relay.stop({ deadlineMs: eventsDeadlineMs });
      await publisher.stop({ deadlineMs: eventsDeadlineMs });
    },
  };
}

/** What stands between the outside and the features. */
function createEdge(deps: GatewayDeps): Pick<HttpDeps, 'sessions' | 'issuer' | 'throttle' | 'limits'> {
  const { config, redis, logger, clock } = deps;
  const prefix = config.ATLAS_PREFIX;
  const limits = createLimits(deps);
  return {
    issuer: createIdentityIssuer({ keys: config.IDENTITY_SIGNING_KEYS, clock }),
    sessions: createSessions({
      redis,
      prefix,
      secrets: config.SESSION_SECRETS,
      secure: config.NODE_ENV === 'production',
      now: () => clock().getTime(),
    }),
    throttle: createSignInThrottle({ redis, prefix, limits, logger }),
    limits,
  };
}

/** What all replicas know together and this one follows: the feature flags, and the settings of tenants. */
function createShared(deps: GatewayDeps, db: Db) {
  const { config, redis, logger, newId } = deps;
  const shared = { redis, prefix: config.ATLAS_PREFIX, logger };
  const changes = createChangeFeed(shared);
  const flags = createFlags({ ...shared, changes, definitions: flagDefinitions, domain: newId() });
  return {
    changes,
    deps: { flags, tenantSettings: createTenantSettings({ ...shared, db }) },
    async start() {
      changes.start();
      await flags.start();
    },
    async stop() {
      await flags.stop();
      changes.stop();
    },
    /** A replica that has never read the flags would answer with their fallbacks, whatever was decided. */
    async assertKnown() {
      if (flags.table.state() === 'unknown') throw new Error('the flags were not read yet');
    },
  };
}
