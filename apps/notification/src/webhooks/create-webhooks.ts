import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Idempotency, InTransaction, Logger, Metrics, Probe, TransactItem } from '@atlas/platform';
import type { Router } from 'express';
import type { Budgets } from '../budgets.ts';
import type { Contacts } from '../contacts/dynamo-contacts.ts';
import type { MailDesk } from '../mail/mail-desk.ts';
import type { NotificationTableNames } from '../tables.ts';
import type { AddressGuard } from './address-guard.ts';
import { createDeliveryAttempts } from './delivery-attempts.ts';
import { createDeliveryLog } from './delivery-log.queries.ts';
import { createDeliveryWorker } from './delivery-worker.ts';
import { deliveryRoutes } from './delivery.routes.ts';
import { createDueRows } from './due-rows.ts';
import { createDueSweep } from './due-sweep.ts';
import { createDynamoDeliveries } from './dynamo-deliveries.ts';
import { createDynamoEndpoints } from './dynamo-endpoints.ts';
import { createEndpointHealth } from './endpoint-health.ts';
import { endpointRoutes } from './endpoint.routes.ts';
import { createFanOut, type FanOut } from './fan-out.ts';
import { createLanes } from './lanes.ts';
import { createNotices } from './notices.ts';
import { createTestDelivery } from './test-delivery.ts';
import { attemptTimeoutMs as defaultAttemptTimeoutMs, createWebhookClient } from './webhook-client.ts';
import { newSecret } from './webhook-message.ts';

export interface WebhooksDeps {
  dynamo: DynamoDBDocumentClient;
  tables: NotificationTableNames;
  guard: AddressGuard;
  contacts: Contacts;
  /** Without a budget of its own: the worker takes the slots, so that a notice which waits is no failed try. */
  mail: MailDesk;
  budgets: Budgets;
  idempotency: Idempotency<TransactItem[]>;
  inTransaction: InTransaction;
  logger: Logger;
  metrics: Metrics;
  now: () => number;
  random: () => number;
  newId: () => string;
  probe: Probe;
  /** Tests shorten these; see attemptTimeoutMs of the client and everyMs of the sweep. */
  attemptTimeoutMs?: number | undefined;
  sweepEveryMs?: number | undefined;
  duePageSize?: number | undefined;
}

/** Webhooks as the rest of the service sees them. */
export interface Webhooks {
  readonly fanOut: FanOut;
  readonly routers: readonly Router[];
  /** Begins to sweep for rows that are due. */
  start(): void;
  /** No more sweeps; gives back what waits and lets running tries end for at most `deadlineMs`. */
  stop(options: { deadlineMs: number }): Promise<void>;
}

/** Wires the webhooks together: rows in DynamoDB, lanes in the process, signed posts through the address guard. */
export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { dynamo, tables, logger, attemptTimeoutMs = defaultAttemptTimeoutMs } = deps;
  const endpoints = createDynamoEndpoints({ dynamo, tableName: tables.endpoints });
  const deliveries = createDynamoDeliveries({ dynamo, tableName: tables.deliveries, pageSize: deps.duePageSize });
  const abandon = new AbortController();
  const client = createWebhookClient({ ...deps, timeoutMs: attemptTimeoutMs });
  const attempts = createDeliveryAttempts({ ...deps, deliveries, attemptTimeoutMs, abandoned: abandon.signal });
  const health = createEndpointHealth({ ...deps, endpoints, deliveries, feedTable: tables.feed });
  const notices = createNotices({ ...deps, endpoints });
  const lanes = createLanes();
  const worker = createDeliveryWorker({ ...deps, lanes, attempts, deliveries, client, health, notices, abandon });
  const dueRows = createDueRows({ ...deps, deliveries, endpoints, attempts, worker });
  const sweep = createDueSweep({ ...deps, deliveries, dueRows, everyMs: deps.sweepEveryMs });
  const testDelivery = createTestDelivery({ ...deps, deliveries, attempts, worker });
  const deliveryLog = createDeliveryLog({ dynamo, tableName: tables.deliveries });

  return {
    fanOut: createFanOut({ ...deps, endpoints, deliveries, attempts, worker }),
    routers: [
      endpointRoutes({ ...deps, endpoints, newSecret }),
      deliveryRoutes({ ...deps, endpoints, deliveryLog, testDelivery }),
    ],
    start: () => sweep.start(),
    async stop(options) {
      await sweep.stop();
      const { abandoned } = await worker.stop(options);
      if (abandoned > 0) logger.warn({ abandoned }, 'webhooks in flight are left to the end of their leases');
      await client.close();
    },
  };
}
