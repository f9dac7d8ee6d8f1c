import { type ApiKeyId, apiKeyIdSchema } from '../ids.domain.ts';

/** How every key begins: by it a request with a key is told from any other, and a scanner finds a key that leaked. */
export const keyPrefix = 'atlas_';

// 43 characters of base64url are the 32 bytes of a secret.
const form = /^atlas_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** An API key as its owner gets to see it, once: `atlas_<id>_<secret>`. */
export function writeKey(keyId: ApiKeyId, secret: string): string {
  return `${keyPrefix}${keyId.replaceAll('-', '')}_${secret}`;
}

/** The parts of a key that a request presents, or undefined for text that no key looks like. */
export function readKey(text: string): { keyId: ApiKeyId; secret: string } | undefined {
  const [, ...parts] = form.exec(text) ?? [];
  const secret = parts.pop();
  const keyId = apiKeyIdSchema.safeParse(parts.join('-'));
  return secret !== undefined && keyId.success ? { keyId: keyId.data, secret } : undefined;
}
