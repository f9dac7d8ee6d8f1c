import type { Logger, Metrics } from '@atlas/platform';
import { createBudgetMetrics, createOutboundBudget, type OutboundBudget } from '@atlas/shared-state';
import type { Redis } from 'ioredis';

/** How much of others this service uses at a time, all replicas together. */
export interface Budgets {
  /** Mails that are being handed to the mail provider. */
  readonly mail: OutboundBudget;
  /** Webhooks that are being posted; each host is a party of its own. */
  readonly webhookHosts: OutboundBudget;
}

/** What a killed process held is free after this long. */
const leaseMs = 10_000;

/** The budgets in Redis, at `<prefix>:budget:mail` and `<prefix>:budget:webhook:<host>`. */
export function createBudgets(options: {
  redis: Redis;
  prefix: string;
  limits: { mail: number; webhookHost: number };
  logger: Logger;
  metrics: Metrics;
}): Budgets {
  const { redis, prefix, limits, logger } = options;
  const shared = { redis, prefix, leaseMs, logger, metrics: createBudgetMetrics(options.metrics) };
  return {
    mail: createOutboundBudget({ ...shared, name: 'mail', limit: limits.mail }),
    webhookHosts: createOutboundBudget({ ...shared, name: 'webhook', limit: limits.webhookHost }),
  };
}
