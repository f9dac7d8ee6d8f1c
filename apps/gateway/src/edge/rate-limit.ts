import { DependencyUnavailableError, problem } from '@atlas/platform';
import type { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

export interface RateLimit {
  /** Counts one against `key`. Throws a 429 problem with Retry-After when the limit is reached. */
  spend(key: string): Promise<void>;
  /** Gives one back that was spent on `key`. */
  refund(key: string): Promise<void>;
  /** Throws the same 429 when the limit is reached already, and counts nothing. */
  check(key: string): Promise<void>;
}

/**
 * A fixed window in Redis, so that all replicas count together. With Redis out of reach it throws
 * DependencyUnavailableError (a 503): a limit that cannot be checked is not passed, and nobody is signed in then anyway.
 */
export function createRateLimit(options: {
  redis: Redis;
  /** Prefix of all Redis keys: counters are at `<prefix>:limit:<name>:<key>`. */
  prefix: string;
  name: string;
  points: number;
  windowSeconds: number;
}): RateLimit {
  const { redis, prefix, name, points, windowSeconds } = options;
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix: `${prefix}:limit:${name}`,
    points,
    duration: windowSeconds,
    rejectIfRedisNotReady: true,
  });
  return {
    async spend(key) {
      try {
        await limiter.consume(key);
      } catch (reason) {
        throw reason instanceof RateLimiterRes ? tooMany(name, reason) : unavailable(reason);
      }
    },
    async refund(key) {
      await limiter.reward(key, 1).catch((reason: unknown) => Promise.reject(unavailable(reason)));
    },
    async check(key) {
      const spent = await limiter.get(key).catch((reason: unknown) => Promise.reject(unavailable(reason)));
      if (spent && spent.consumedPoints >= points) throw tooMany(name, spent);
    },
  };
}

function tooMany(name: string, { msBeforeNext }: RateLimiterRes) {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000));
  const detail = `Too many requests (limit "${name}"). Try again in ${seconds} s.`;
  return problem(429, 'TOO_MANY_REQUESTS', detail, {}, { 'retry-after': String(seconds) });
}

function unavailable(cause: unknown) {
  return new DependencyUnavailableError('Redis', { cause });
}
