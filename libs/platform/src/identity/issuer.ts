import { importJWK, SignJWT, type CryptoKey, type JSONWebKeySet, type JWK } from 'jose';
import { LRUCache } from 'lru-cache';
import { ConfigError } from '../errors.ts';
import { SIGNATURE_ALGORITHM, type Identity } from './identity.ts';

/** Tokens kept at most; each is below a kilobyte. */
const mostKept = 5_000;

type Subject = Identity & { audience: string };

export interface IdentityIssuer {
  /**
   * A signed token that the service `audience` accepts for at least half of `ttlSeconds`: one that says the same is used again
   * until then. A signature costs more than all else that the edge does for a request, and the service checks each token once.
   */
  issue(subject: Subject): Promise<string>;
  /** The public halves of all keys, to be served as the JWKS. */
  jwks(): JSONWebKeySet;
}

/**
 * Issues the tokens by which the gateway tells a service who is asking. `keys` are private Ed25519 JWKs with a `kid`; the
 * first signs, the others are still published so that a key can be rotated: add the new one behind, deploy, move it to
 * the front, deploy, and drop the old one when its last token is over. Throws a ConfigError for a key that is not such a key.
 */
export function createIdentityIssuer(options: {
  keys: readonly JWK[];
  issuer?: string;
  ttlSeconds?: number;
  clock: () => Date;
}): IdentityIssuer {
  const { keys, issuer = 'atlas-gateway', ttlSeconds = 60, clock } = options;
  const signing = keys.map(checkedKey)[0];
  if (!signing) throw new ConfigError('IDENTITY_SIGNING_KEYS must hold at least one private Ed25519 key.');
  const publicKeys = keys.map(publicHalf);
  let imported: Promise<CryptoKey | Uint8Array> | undefined;
  // atlas-local-ok: tokens that any replica may make; a lost one is made again
  const kept = new LRUCache<string, { readonly token: Promise<string>; readonly issuedAt: number }>({ max: mostKept });

  async function sign({ tenantId, userId, roles, email, audience }: Subject, now: number): Promise<string> {
    imported ??= importJWK(signing!, SIGNATURE_ALGORITHM);
    return new SignJWT({ tenant_id: tenantId, roles: [...roles], ...(email === undefined ? {} : { email }) })
      .setProtectedHeader({ alg: SIGNATURE_ALGORITHM, kid: signing!.kid, typ: 'JWT' })
      .setIssuer(issuer)
      .setSubject(userId)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + ttlSeconds)
      .sign(await imported);
  }

  return {
    issue(subject) {
      const now = Math.floor(clock().getTime() / 1000);
      const { tenantId, userId, roles, email, audience } = subject;
      // Everything that the token says: who has got another role gets another token with the next request.
      const says = JSON.stringify([audience, tenantId, userId, roles, email]);
      const known = kept.get(says);
      if (known && now >= known.issuedAt && now - known.issuedAt < ttlSeconds / 2) return known.token;
      const token = sign(subject, now);
      kept.set(says, { token, issuedAt: now });
      token.catch(() => kept.delete(says));
      return token;
    },
    jwks: () => ({ keys: publicKeys.map((key) => ({ ...key })) }),
  };
}

function checkedKey(key: JWK): JWK & { kid: string } {
  const { kty, crv, d, x, kid } = key;
  if (kty !== 'OKP' || crv !== 'Ed25519' || !isKeyHalf(d) || !isKeyHalf(x) || !kid) {
    throw new ConfigError(
      'IDENTITY_SIGNING_KEYS must be private Ed25519 JWKs, each with kty "OKP", crv "Ed25519", x, d and a kid.',
    );
  }
  return { ...key, kid };
}

// 32 bytes in base64url (RFC 8037).
function isKeyHalf(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{43}$/.test(value);
}

// Member by member, so that nothing private can slip through with a spread.
function publicHalf({ kty, crv, x, kid }: JWK): JWK {
  return { kty, crv, x, kid, alg: SIGNATURE_ALGORITHM, use: 'sig' } as JWK;
}
