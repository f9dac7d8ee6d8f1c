import { z, type ZodType } from 'zod';
import { deepFreeze, type DeepReadonly } from '../deep-freeze.ts';

/** One row of a shared table: a value, and who wrote it when and why. */
export interface Entry<T> {
  readonly key: string;
  /** 1 for the first, and one more with every change of this row. */
  readonly version: number;
  readonly value: DeepReadonly<T>;
  /** When it was written, by Redis's clock, in ISO 8601. (A Date could be changed, frozen or not.) */
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

const rowSchema = z.object({
  key: z.string(),
  version: z.int(),
  at: z.number(),
  by: z.string(),
  reason: z.string(),
  value: z.unknown(),
});

/** A row as it stands in Redis, frozen. Throws when it is not what the schema says. */
export function readEntry<T>(schema: ZodType<T>, text: string): Entry<T> {
  const { value, at, ...about } = rowSchema.parse(JSON.parse(text));
  return Object.freeze({ ...about, at: new Date(at).toISOString(), value: deepFreeze(schema.parse(value)) });
}
