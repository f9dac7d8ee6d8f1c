import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DynamoOutbox } from '@atlas/messaging';
import type { Logger, Metrics, Probe } from '@atlas/platform';
import { createBudgetMetrics, createOutboundBudget } from '@atlas/shared-state';
import type { Router } from 'express';
import type { Redis } from 'ioredis';
import type { BillingConfig } from '../config.ts';
import type { PaymentProvider } from '../payment-provider/payment-provider.ts';
import type { BillingTableNames } from '../tables.ts';
import { type Accounts, createAccounts } from './accounts.ts';
import { type ChargeDesk, createChargeDesk } from './charge-desk.ts';
import { chargeRoutes } from './charge.routes.ts';
import { createChargeSweep } from './charge-sweep.ts';
import { createSettle, type Settle } from './late-results.ts';
import type { DuePolicy } from './open-charge-item.ts';
import { createOpenChargeReport } from './open-charge-report.ts';
import { createOpenCharges } from './open-charges.ts';
import { operatorRoutes } from './operator.routes.ts';

export interface ChargesDeps {
  config: BillingConfig;
  tables: BillingTableNames;
  dynamo: DynamoDBDocumentClient;
  redis: Redis;
  outbox: DynamoOutbox;
  provider: PaymentProvider;
  logger: Logger;
  metrics: Metrics;
  clock: () => Date;
  /** In [0, 1), for jitter. */
  random: () => number;
  /** Makes a UUID v7. */
  newId: () => string;
  probe: Probe;
  /** How often due charges are looked for, and how often what is open is reported, in milliseconds. */
  sweepMs?: number;
  reportMs?: number;
}

/** Everything about charges: what handlers and routes ask, and what works without being asked. */
export interface Charges {
  readonly accounts: Accounts;
  readonly desk: ChargeDesk;
  readonly settle: Settle;
  readonly routers: readonly Router[];
  start(): void;
  stop(): Promise<void>;
}

/** What a killed process held of the provider's budget is free after this long. */
const leaseMs = 10_000;
/** Whoever decides that money goes back is about to give it back; after this long somebody else does. */
const firstReversalMs = 15_000;
const longestRetryMs = 3_600_000;

/** Wires the parts of the feature together. */
export function createCharges(deps: ChargesDeps): Charges {
  const { config, tables, dynamo, redis, provider, logger, metrics, clock, random, probe } = deps;
  const accounts = createAccounts({ ...deps, due: duePolicy(config) });
  const openCharges = createOpenCharges({ dynamo, tableName: tables.openCharges });
  const budget = createOutboundBudget({
    ...{ redis, leaseMs, logger, prefix: config.ATLAS_PREFIX, name: 'payment', limit: config.PAYMENT_BUDGET },
    metrics: createBudgetMetrics(metrics),
  });
  const reversalAttempts = config.REVERSAL_ATTEMPTS;
  const unresolvedAfterMs = config.UNRESOLVED_AFTER_SECONDS * 1000;
  const pendingMs = config.PAYMENT_PENDING_SECONDS * 1000;
  const desk = createChargeDesk({
    ...{ accounts, openCharges, provider, budget, reversalAttempts, pendingMs, clock, logger, probe },
  });
  const report = createOpenChargeReport({
    ...{ openCharges, unresolvedAfterMs, clock, logger, metrics },
    everyMs: deps.reportMs ?? 15_000,
  });
  const sweep = createChargeSweep({
    ...{ openCharges, desk, provider, report, clock, random, logger },
    everyMs: deps.sweepMs ?? 5_000,
  });
  const { soon } = sweep;
  return {
    accounts,
    desk,
    settle: createSettle({ accounts, openCharges, reversalAttempts, soon, clock, logger, metrics }),
    routers: [
      chargeRoutes({ accounts, unresolvedAfterMs, clock, probe }),
      operatorRoutes({ accounts, openCharges, sweep, unresolvedAfterMs, clock }),
    ],
    start: () => sweep.start(),
    stop: () => sweep.stop(),
  };
}

function duePolicy({ REVERSAL_RETRY_SECONDS }: BillingConfig): DuePolicy {
  return {
    firstMs: firstReversalMs,
    afterRefusalMs: (refusals) => Math.min(longestRetryMs, REVERSAL_RETRY_SECONDS * 1000 * 4 ** (refusals - 1)),
  };
}
