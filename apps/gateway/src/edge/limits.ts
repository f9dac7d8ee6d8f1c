import type { Logger, Metrics } from '@atlas/platform';
import { createRateLimit, createRateLimitMetrics, type RateLimit, type WhenUnavailable } from '@atlas/shared-state';
import type { Redis } from 'ioredis';
import type { GatewayConfig } from '../config.ts';

interface Limit {
  /** What clients read in the RateLimit fields, and what the counters in Redis are called. */
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
  /** What a request gets while Redis is away: through, or a 503. */
  readonly whenUnavailable: WhenUnavailable;
}

type Quotas = Pick<
  GatewayConfig,
  | 'RATE_LIMIT_USER_PER_MINUTE'
  | 'RATE_LIMIT_API_KEY_PER_MINUTE'
  | 'RATE_LIMIT_ADDRESS_PER_MINUTE'
  | 'IMPORT_RATE_PER_SECOND'
  | 'SIGN_UPS_PER_HOUR'
>;

const minute = 60;
const hour = 60 * minute;
/** An operator at work, beside the import, which one program of ours may run at its full rate. */
const operatorPerMinute = 6_000;

/**
 * Every limit of the gateway, with what happens when it cannot be checked. Closed is the rule: who guesses passwords or
 * changes something must not be let off because the counter is away, and a session cannot be read then anyway. Reads with
 * an API key need nothing from Redis, so an outage of it does not take them away.
 */
function limitTable(quotas: Quotas) {
  const perKey = quotas.RATE_LIMIT_API_KEY_PER_MINUTE;
  const perOperator = operatorPerMinute + quotas.IMPORT_RATE_PER_SECOND * minute;
  return {
    // One of these for every request, by who sends it.
    apiKeyReads: { name: 'api-key-reads', quota: perKey, windowSeconds: minute, whenUnavailable: 'open' },
    apiKeyWrites: { name: 'api-key-writes', quota: perKey, windowSeconds: minute, whenUnavailable: 'closed' },
    users: {
      name: 'user',
      quota: quotas.RATE_LIMIT_USER_PER_MINUTE,
      windowSeconds: minute,
      whenUnavailable: 'closed',
    },
    operators: { name: 'operator', quota: perOperator, windowSeconds: minute, whenUnavailable: 'closed' },
    addresses: {
      name: 'address',
      quota: quotas.RATE_LIMIT_ADDRESS_PER_MINUTE,
      windowSeconds: minute,
      whenUnavailable: 'closed',
    },
    // These as well, for what they are named after.
    imports: { name: 'import', quota: quotas.IMPORT_RATE_PER_SECOND, windowSeconds: 1, whenUnavailable: 'closed' },
    signUp: { name: 'sign-up', quota: quotas.SIGN_UPS_PER_HOUR, windowSeconds: hour, whenUnavailable: 'closed' },
    // Wrong passwords: for one account from one address, where a person mistypes; from one address, where many persons
    // are, some of them at the same moment; and for one account from everywhere (OWASP ASVS 4.0, 2.2.1: no more than 100
    // an hour).
    signInByAccount: { name: 'sign-in-account', quota: 10, windowSeconds: 15 * minute, whenUnavailable: 'closed' },
    signInByAddress: { name: 'sign-in-address', quota: 200, windowSeconds: 15 * minute, whenUnavailable: 'closed' },
    signInAnywhere: { name: 'sign-in-anywhere', quota: 100, windowSeconds: hour, whenUnavailable: 'closed' },
  } as const satisfies Record<string, Limit>;
}

export type Limits = Readonly<Record<keyof ReturnType<typeof limitTable>, RateLimit>>;

/** The limits of the gateway, which all replicas count together. */
export function createLimits(deps: { redis: Redis; logger: Logger; metrics: Metrics; config: GatewayConfig }): Limits {
  const { redis, logger, config } = deps;
  const shared = { redis, prefix: config.ATLAS_PREFIX, logger, metrics: createRateLimitMetrics(deps.metrics) };
  const entries = Object.entries(limitTable(config)).map(([key, limit]) => [
    key,
    createRateLimit({ ...shared, ...limit }),
  ]);
  return Object.fromEntries(entries) as Limits;
}
