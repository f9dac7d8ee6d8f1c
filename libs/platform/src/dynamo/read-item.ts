import type { z } from 'zod';
import { CorruptItemError } from '../errors.ts';

/** Reads an item of the store as `schema` says; throws CorruptItemError that names the key. */
export function readItem<S extends z.ZodType>(schema: S, item: Record<string, unknown>, what: string): z.output<S> {
  const parsed = schema.safeParse(item);
  if (parsed.success) return parsed.data;
  const reason = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new CorruptItemError(what, `${String(item['pk'])} ${String(item['sk'])}`, reason);
}
