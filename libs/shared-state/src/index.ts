export { BudgetFullError, BudgetLeaseLostError, VersionConflictError } from './errors.ts';
export { bucketOf, buckets } from './bucket.ts';
export { deepFreeze, type DeepReadonly } from './deep-freeze.ts';
export { createChangeFeed, type ChangeFeed } from './change-feed.ts';

export type { Entry } from './table/entry.ts';
export type { TableState } from './table/follower.ts';
export { createSharedTable, type Change, type SharedTable, type SharedTableOptions } from './table/shared-table.ts';

export { createRateLimit, type RateLimit, type RateLimitOptions, type WhenUnavailable } from './limits/rate-limit.ts';
export { rateLimitFields, type RateLimitPolicy, type Spent } from './limits/rate-limit-fields.ts';
export { createRateLimitMetrics, type RateLimitMetrics } from './limits/rate-limit-metrics.ts';

export {
  evaluate,
  type Evaluation,
  type FlagDefinition,
  type FlagDefinitions,
  type FlagState,
  flagStateSchema,
} from './flags/flag.ts';
export { createFlags, type Flags } from './flags/flags.ts';

export {
  createVersionedCache,
  type Versioned,
  type VersionedCache,
  type VersionedCacheOptions,
} from './settings/versioned-cache.ts';

export { createBudgetMetrics, type BudgetMetrics } from './budgets/budget-metrics.ts';
export {
  createOutboundBudget,
  type BudgetRequest,
  type BudgetSlot,
  type OutboundBudget,
  type OutboundBudgetOptions,
} from './budgets/outbound-budget.ts';
