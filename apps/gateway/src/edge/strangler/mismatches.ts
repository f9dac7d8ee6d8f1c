import type { Redis } from 'ioredis';
import { z } from 'zod';

const mismatch = z.object({
  at: z.string(),
  mode_version: z.number(),
  tenant_id: z.string(),
  request: z.string(),
  correlation_id: z.string().nullable(),
  differences: z.array(z.object({ path: z.string(), monolith: z.unknown(), service: z.unknown() })),
  more_differences: z.number(),
});

/** An example of two answers that differ, without what belongs to the tenant. */
export type Mismatch = z.output<typeof mismatch>;

/** The latest examples of every slice, of all replicas. */
export interface Mismatches {
  keep(slice: string, example: Mismatch): Promise<void>;
  /** Newest first. */
  list(slice: string, limit: number): Promise<Mismatch[]>;
}

const kept = 100;
const keptSeconds = 30 * 24 * 60 * 60;

/** Examples in a capped list of Redis, for 30 days after the last one. */
export function createMismatches({ redis, prefix }: { redis: Redis; prefix: string }): Mismatches {
  const keyOf = (slice: string) => `${prefix}:strangler:mismatches:${slice}`;
  return {
    async keep(slice, example) {
      const key = keyOf(slice);
      await redis
        .pipeline()
        .lpush(key, JSON.stringify(example))
        .ltrim(key, 0, kept - 1)
        .expire(key, keptSeconds)
        .exec();
    },
    async list(slice, limit) {
      const texts = await redis.lrange(keyOf(slice), 0, limit - 1);
      return texts.flatMap((text) => mismatch.safeParse(JSON.parse(text)).data ?? []);
    },
  };
}
