import { createHash, createHmac } from 'node:crypto';
import type { Request } from 'express';
import { HttpProblem } from '../errors.ts';

/** 1 to 255 visible ASCII characters: what fits every store and needs no escaping in a log. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The key in the `Idempotency-Key` header, or undefined without one. Throws a 400 problem for anything but 1 to 255
 * visible ASCII characters, and for a header that is sent twice (draft-ietf-httpapi-idempotency-key-header). A key in
 * double quotes, as that draft writes it, is the same key without them.
 */
export function idempotencyKeyOf(req: Request): string | undefined {
  const values = req.headersDistinct['idempotency-key'];
  if (!values) return undefined;
  const [raw = ''] = values;
  const key = /^"(.*)"$/.exec(raw)?.[1] ?? raw;
  if (values.length === 1 && KEY.test(key)) return key;
  throw new HttpProblem(
    400,
    'IDEMPOTENCY_KEY_MALFORMED',
    'Idempotency-Key must be sent once, with 1 to 255 visible ASCII characters, for example a UUID.',
  );
}

/**
 * The SHA-256 of method, path and body with its object keys sorted, in hex. With `secret` it is an HMAC: needed where the
 * body holds a password, which could be guessed from a plain hash.
 */
export function fingerprintOf(req: Request, secret?: string): string {
  const text = `${req.method}\n${req.originalUrl}\n${canonicalJson(req.body)}`;
  const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  return hash.update(text).digest('hex');
}

/** The scope of a key: who asks, and what. `anonymous` stands for a request without a tenant or user. */
export function idempotencyScope(owner: { tenantId?: string; userId?: string }, route: string): string {
  return [owner.tenantId ?? 'anonymous', owner.userId ?? 'anonymous', route].join('/');
}

// The same object with its members in another order is the same request.
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (isPlainObject(inner) ? sorted(inner) : inner)) ?? '';
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sorted(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
