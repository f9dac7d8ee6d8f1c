import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits: nobody can guess them, nor try them all. */
const secretBytes = 32;

/** What the database keeps of a secret: enough to recognise it, nothing that could be presented in its place. */
export type SecretHash = Buffer;

/**
 * A new secret, `prefix` and 43 characters of base64url, and the hash to store. SHA-256 and no argon2id: a slow hash makes up for
 * what people can remember, and in 256 random bits there is nothing to guess. It would only cost every request of an
 * API key tens of milliseconds.
 */
export function newSecret(prefix = ''): { secret: string; hash: SecretHash } {
  const secret = `${prefix}${randomBytes(secretBytes).toString('base64url')}`;
  return { secret, hash: hashOf(secret) };
}

/** The SHA-256 of a secret. */
export function hashOf(secret: string): SecretHash {
  return createHash('sha256').update(secret).digest();
}

/** Whether the hash is that of this secret, in a time that does not tell how much of it was right. */
export function fits(secret: string, hash: SecretHash): boolean {
  return timingSafeEqual(hashOf(secret), hash);
}
