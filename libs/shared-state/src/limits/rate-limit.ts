import { DependencyUnavailableError, type HttpProblem, type Logger, problem } from '@atlas/platform';
import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { createOutageGuard } from './outage-guard.ts';
import { rateLimitFields, type RateLimitPolicy, type Spent } from './rate-limit-fields.ts';
import type { RateLimitMetrics } from './rate-limit-metrics.ts';

/** What happens to a request whose limit cannot be checked because Redis is away: it passes, or it is answered with 503. */
export type WhenUnavailable = 'open' | 'closed';

export interface RateLimit extends RateLimitPolicy {
  readonly whenUnavailable: WhenUnavailable;
  /**
   * Counts one request against `key`. Resolves with what is left, or with undefined when it could not be counted and the
   * limit is open. Throws a 429 problem with Retry-After and the RateLimit fields when the limit is exceeded, and
   * DependencyUnavailableError (a 503) when it could not be counted and the limit is closed. `judgedBy` is for a counter
   * whose quota depends on who asks: that may be found out while Redis counts. It must not reject.
   */
  spend(key: string, judgedBy?: Promise<RateLimitPolicy>): Promise<Spent | undefined>;
  /** Throws what `spend` would throw, and counts nothing: of many at once all pass. To be exact, `spend` and `refund`. */
  check(key: string): Promise<void>;
  /** Takes one back, such as that of a sign-in whose password was right. In a window that has ended it changes nothing. */
  refund(key: string): Promise<void>;
}

export interface RateLimitOptions extends RateLimitPolicy {
  redis: Redis;
  /** Prefix of all Redis keys: counters are at `<prefix>:limit:<name>:<key>`. */
  prefix: string;
  whenUnavailable: WhenUnavailable;
  logger: Logger;
  metrics?: RateLimitMetrics | undefined;
}

/** Never below zero, and never a counter of its own: that would be a credit for the next window. */
const refund = `
local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
if spent > 0 then redis.call('DECR', KEYS[1]) end
`;

/**
 * A limit that all replicas count together: one atomic step in Redis per request, so that 12 processes let through exactly
 * as many as one. The window of a key is fixed and begins with its first request.
 */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { redis, prefix, name, quota, windowSeconds, whenUnavailable, logger, metrics } = options;
  const policy: RateLimitPolicy = { name, quota, windowSeconds };
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${prefix}:limit:${name}`,
    points: quota,
    duration: windowSeconds,
    rejectIfRedisNotReady: true,
  });
  redis.defineCommand('atlasLimitRefund', { numberOfKeys: 1, lua: refund });
  const scripts = redis as unknown as { atlasLimitRefund(key: string): Promise<null> };
  const guarded = createOutageGuard({ name, logger, hasty: whenUnavailable === 'open' });

  const spent = ({ quota: all }: RateLimitPolicy, answer: RateLimiterRes): Spent => ({
    remaining: Math.max(0, all - answer.consumedPoints),
    resetMs: Math.max(0, answer.msBeforeNext),
  });
  const refuse = (judged: RateLimitPolicy, answer: RateLimiterRes): never => {
    metrics?.refused.inc({ limit: judged.name });
    throw exceeded(judged, spent(judged, answer));
  };
  const unchecked = (cause: unknown): undefined => {
    metrics?.unchecked.inc({ limit: name });
    if (whenUnavailable === 'closed') throw new DependencyUnavailableError('Redis', { cause });
    return undefined;
  };
  /** The library rejects with an answer when the limit is exceeded, and with an Error when there is no answer. */
  const consume = (key: string) =>
    limiter.consume(key).catch((reason: unknown) => {
      if (reason instanceof RateLimiterRes) return reason;
      throw reason;
    });

  return {
    ...policy,
    whenUnavailable,
    async spend(key, judgedBy) {
      const answer = await guarded(() => consume(key)).catch(unchecked);
      if (answer === undefined) return undefined;
      const judged = (await judgedBy) ?? policy;
      return answer.consumedPoints > judged.quota ? refuse(judged, answer) : spent(judged, answer);
    },
    async check(key) {
      const answer = await guarded(() => limiter.get(key)).catch(unchecked);
      if (answer && answer.consumedPoints >= quota) refuse(policy, answer);
    },
    async refund(key) {
      await guarded(() => scripts.atlasLimitRefund(limiter.getKey(key))).catch(unchecked);
    },
  };
}

/** `violated-policies` is what the draft of the RateLimit fields calls the member that names them. */
function exceeded(policy: RateLimitPolicy, spent: Spent): HttpProblem {
  const seconds = Math.max(1, Math.ceil(spent.resetMs / 1000));
  const detail = `Too many requests (limit "${policy.name}"). Try again in ${seconds} s.`;
  const headers = { 'retry-after': String(seconds), ...rateLimitFields(policy, spent) };
  return problem(429, 'TOO_MANY_REQUESTS', detail, { 'violated-policies': [policy.name] }, headers);
}
