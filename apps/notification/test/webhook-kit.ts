import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { Envelope } from '@atlas/event-contracts';
import {
  createDocumentClient,
  createDynamoClient,
  createDynamoIdempotencyStore,
  createIdempotency,
  createInTransaction,
  createLogger,
  createMetrics,
  createRedis,
  createReleaseStack,
  ensureTables,
  type Probe,
} from '@atlas/platform';
import { createOutboundBudget } from '@atlas/shared-state';
import { stackVariable, testPrefix } from '@atlas/testing';
import { v7 } from 'uuid';
import { createDynamoContacts } from '../src/contacts/dynamo-contacts.ts';
import { createDynamoFeed } from '../src/feed/dynamo-feed.ts';
import type { OutgoingMail } from '../src/mail/mail.ts';
import { createMailDesk } from '../src/mail/mail-desk.ts';
import { createMailRenderer } from '../src/mail/renderer.ts';
import { notificationTableNames, notificationTables } from '../src/tables.ts';
import { createAddressGuard } from '../src/webhooks/address-guard.ts';
import { createWebhooks, type Webhooks, type WebhooksDeps } from '../src/webhooks/create-webhooks.ts';
import { createDeliveryLog } from '../src/webhooks/delivery-log.queries.ts';
import { createDynamoDeliveries } from '../src/webhooks/dynamo-deliveries.ts';
import { createDynamoEndpoints } from '../src/webhooks/dynamo-endpoints.ts';
import { createEndpoint, type Endpoint } from '../src/webhooks/endpoint.domain.ts';
import { newSecret } from '../src/webhooks/webhook-message.ts';
import type { TestClock } from './test-clock.ts';

export interface ReplicaOptions extends Partial<
  Pick<WebhooksDeps, 'attemptTimeoutMs' | 'sweepEveryMs' | 'duePageSize'>
> {
  clock: TestClock;
  probe?: Probe;
  /** Begins to sweep; true unless said otherwise. */
  sweeps?: boolean;
  /** Its own way to the store, for outages. */
  dynamo?: DynamoDBDocumentClient;
  /** How many posts to a host, and how many mails, all replicas of the kit may have running. */
  budget?: number;
}

/** The webhooks of this service over the real store, without queue and HTTP. */
export async function openWebhookKit() {
  const prefix = testPrefix();
  const tables = notificationTableNames(prefix);
  const logger = createLogger({ service: 'webhook-test', level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const release = createReleaseStack(logger);
  const raw = createDynamoClient({ region: 'eu-central-1' });
  release.defer('dynamodb', () => raw.destroy());
  const redis = createRedis({ url: stackVariable('REDIS_URL'), logger, name: 'webhook-test' });
  release.defer('redis', () => redis.disconnect());
  await ensureTables(raw, notificationTables(prefix));
  const dynamo = createDocumentClient(raw);
  const endpoints = createDynamoEndpoints({ dynamo, tableName: tables.endpoints });
  const deliveries = createDynamoDeliveries({ dynamo, tableName: tables.deliveries });
  const contacts = createDynamoContacts({ dynamo, tableName: tables.contacts });
  const mails: OutgoingMail[] = [];
  const replicas: Webhooks[] = [];
  const mailer = {
    send: async (mail: OutgoingMail) => void mails.push(mail),
    check: async () => {},
    close: async () => {},
  };

  return {
    dynamo,
    tables,
    endpoints,
    deliveries,
    contacts,
    mails,
    feed: createDynamoFeed({ dynamo, tableName: tables.feed }),
    log: createDeliveryLog({ dynamo, tableName: tables.deliveries }),
    /** One process. A probe that never resolves makes it a process that died there. */
    replica(options: ReplicaOptions): Webhooks {
      const {
        clock,
        probe = () => {},
        sweeps = true,
        dynamo: own = dynamo,
        budget: limit = 1_000,
        ...timing
      } = options;
      // A process that died in a test holds its slots until the connection is closed and its leases have ended.
      const shared = { redis, prefix, limit, leaseMs: options.budget === undefined ? 500 : 10_000, logger };
      const store = createDynamoIdempotencyStore({ dynamo: own, tableName: tables.idempotency, clock: clock.clock });
      const webhooks = createWebhooks({
        dynamo: own,
        tables,
        contacts,
        logger,
        probe,
        now: clock.now,
        guard: createAddressGuard({ allowHttp: true, allowedHosts: ['127.0.0.1'] }),
        mail: createMailDesk({ renderer: createMailRenderer(), mailer }),
        budgets: {
          mail: createOutboundBudget({ ...shared, name: 'mail' }),
          webhookHosts: createOutboundBudget({ ...shared, name: 'webhook' }),
        },
        idempotency: createIdempotency({ store }),
        inTransaction: createInTransaction({ dynamo: own, idempotencyTable: tables.idempotency }),
        metrics: createMetrics({ service: 'webhook-test' }),
        random: () => 0,
        newId: v7,
        sweepEveryMs: 50,
        ...timing,
      });
      replicas.push(webhooks);
      if (sweeps) webhooks.start();
      return webhooks;
    },
    /** An endpoint of `tenantId` that wants completed orders. */
    async endpoint(tenantId: string, url: string, change: Partial<Endpoint> = {}): Promise<Endpoint> {
      const wish = { url, events: ['order.completed'] };
      const identity = { tenantId, endpointId: v7(), secret: newSecret(), now: Date.now() };
      const endpoint = { ...createEndpoint(wish, identity), ...change } as Endpoint;
      await dynamo.send(new TransactWriteCommand({ TransactItems: [endpoints.insertion(endpoint)] }));
      return endpoint;
    },
    /** A row without a place, due at `dueAt`. */
    async dueRow(endpoint: Endpoint, dueAt: number): Promise<string> {
      const { tenantId, endpointId } = endpoint;
      const eventId = v7();
      const content = { kind: 'webhook', eventType: 'order.completed', body: '{"type":"order.completed"}' } as const;
      const row = { tenantId, endpointId, eventId, ...content };
      await deliveries.insert(row, { dueAt }, dueAt);
      return eventId;
    },
    async deliveriesOf({ tenantId, endpointId }: Endpoint) {
      return (await this.log({ tenantId, endpointId, limit: 100 })).deliveries;
    },
    /** Call it after each test: a replica whose clock is ahead would take the rows of the next one's for abandoned. */
    async stopReplicas(): Promise<void> {
      await Promise.all(replicas.splice(0).map((replica) => replica.stop({ deadlineMs: 100 })));
    },
    close: () => release.release(),
  };
}

export type WebhookKit = Awaited<ReturnType<typeof openWebhookKit>>;

/** A completed order of `tenantId`, as the fan-out gets it. */
export function orderEvent(tenantId: string): Pick<Envelope, 'id' | 'event' | 'timestamp' | 'tenant_id' | 'payload'> {
  return {
    id: v7(),
    event: 'order.completed',
    timestamp: '2026-11-22T08:37:00.123Z',
    tenant_id: tenantId,
    payload: { order_id: 'o-1', total: '12.50', currency: 'GBP' },
  };
}

/** A tenant that no other test uses. */
export const newTenant = (): string => `tenant-${v7()}`;
