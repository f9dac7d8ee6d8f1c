import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTVerifyGetKey, type JWTVerifyResult } from 'jose';
import { LRUCache } from 'lru-cache';
import { InvalidTokenError } from '../errors.ts';
import { isUnreachable } from '../is-unreachable.ts';
import { identityClaims, SIGNATURE_ALGORITHM, type Identity } from './identity.ts';

/** Clocks of two machines with NTP differ by far less; more would lengthen the life of a stolen token. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Tokens remembered at most. */
const mostKnown = 5_000;
/** How long a token that was found good is not checked again; after that the keys are asked once more, which may have been withdrawn. */
const mostSeconds = 60;

export type IdentityVerifier = (token: string) => Promise<Identity>;

/**
 * Checks identity tokens: signature by a key of `keySource`, issuer, that `audience` is meant, not expired (5 s of clock
 * difference allowed). Throws InvalidTokenError for a token that must not be trusted and DependencyUnavailableError when the
 * keys cannot be fetched, because then nothing is known about the token.
 */
export function createIdentityVerifier(options: {
  keySource: JWTVerifyGetKey;
  audience: string;
  issuer?: string;
  clock?: () => Date;
}): IdentityVerifier {
  const { keySource, audience, issuer = 'atlas-gateway', clock } = options;
  // atlas-local-ok: what any replica finds out again from the token alone
  const known = new LRUCache<string, { readonly identity: Identity; readonly goodUntil: number }>({ max: mostKnown });

  async function check(token: string): Promise<Identity> {
    const { payload } = await verified(token, keySource, {
      audience,
      issuer,
      algorithms: [SIGNATURE_ALGORITHM],
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['exp', 'iat', 'sub', 'tenant_id'],
      ...(clock ? { currentDate: clock() } : {}),
    });
    const claims = identityClaims.safeParse(payload);
    if (!claims.success) throw new InvalidTokenError('The identity token lacks claims.', { cause: claims.error });
    const { sub: userId, tenant_id: tenantId, roles, email } = claims.data;
    const identity = { userId, tenantId, roles, ...(email === undefined ? {} : { email }) };
    known.set(token, { identity, goodUntil: Math.min(payload.exp!, payload.iat! + mostSeconds) * 1000 });
    return identity;
  }

  return async (token) => {
    const seen = known.get(token);
    const now = (clock?.() ?? new Date()).getTime();
    return seen && now < seen.goodUntil ? seen.identity : check(token);
  };
}

/** The keys of a JWKS at hand, for the gateway itself and for tests. */
export function localKeys(jwks: JSONWebKeySet): JWTVerifyGetKey {
  return createLocalJWKSet(jwks);
}

type VerifyOptions = NonNullable<Parameters<typeof jwtVerify>[2]>;

async function verified(token: string, keySource: JWTVerifyGetKey, options: VerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, keySource, options);
  } catch (error) {
    if (isUnreachable(error)) throw error;
    // Everything else is about the token: jose throws JOSEError, and TypeError for input that is not a token at all.
    throw new InvalidTokenError('The identity token is not valid.', { cause: error });
  }
}
