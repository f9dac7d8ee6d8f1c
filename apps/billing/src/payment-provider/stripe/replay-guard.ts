import type { Redis } from 'ioredis';

/** Remembers the webhooks that were taken, for as long as their signature is good. */
export interface ReplayGuard {
  /** Whether this one comes for the first time; of two at once it is one. Throws when Redis does not answer. */
  firstTime(fingerprint: string): Promise<boolean>;
  /** It could not be taken after all: the same bytes may come again. */
  forget(fingerprint: string): Promise<void>;
}

/** At `<prefix>:stripe-webhook:<fingerprint>` in Redis, so that a replay to another replica is one as well. */
export function createReplayGuard(options: { redis: Redis; prefix: string; keptMs: number }): ReplayGuard {
  const { redis, prefix, keptMs } = options;
  const keyOf = (fingerprint: string) => `${prefix}:stripe-webhook:${fingerprint}`;
  return {
    firstTime: async (fingerprint) => (await redis.set(keyOf(fingerprint), '1', 'PX', keptMs, 'NX')) === 'OK',
    forget: async (fingerprint) => void (await redis.del(keyOf(fingerprint))),
  };
}
