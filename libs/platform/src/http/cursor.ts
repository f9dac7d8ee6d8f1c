import { createHash } from 'node:crypto';
import { z } from 'zod';
import { InvalidCursorError } from '../errors.ts';

const content = z.strictObject({ s: z.string(), k: z.string().min(1).max(1024) });

/**
 * An opaque cursor for the position `key` in the list `scope`. The scope names the tenant and the list, so that a
 * cursor cannot be used elsewhere; it is not a secret, because every query takes its partition from the identity
 * anyway.
 */
export function encodeCursor(scope: string, key: string): string {
  return Buffer.from(JSON.stringify({ s: digest(scope), k: key })).toString('base64url');
}

/** The position in a cursor that `encodeCursor` made for this scope. Throws InvalidCursorError for anything else. */
export function decodeCursor(scope: string, cursor: string): string {
  const parsed = content.safeParse(jsonOf(Buffer.from(cursor, 'base64url').toString()));
  if (!parsed.success || parsed.data.s !== digest(scope)) throw new InvalidCursorError();
  return parsed.data.k;
}

function digest(scope: string): string {
  return createHash('sha256').update(scope).digest('base64url').slice(0, 16);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
