/** A limit of `quota` requests in `windowSeconds`, as clients are told of it. */
export interface RateLimitPolicy {
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
}

/** What is left in the current window of a key, and how long that lasts. */
export interface Spent {
  readonly remaining: number;
  readonly resetMs: number;
}

/**
 * The header fields of draft-ietf-httpapi-ratelimit-headers (since its version 08): `RateLimit-Policy: "user";q=600;w=60`
 * says what the limit is, `RateLimit: "user";r=599;t=42` what is left and for how many seconds. Names must be tokens.
 */
export function rateLimitFields(
  policy: RateLimitPolicy,
  spent: Spent,
): { 'ratelimit-policy': string; ratelimit: string } {
  const { name, quota, windowSeconds } = policy;
  return {
    'ratelimit-policy': `"${name}";q=${quota};w=${windowSeconds}`,
    ratelimit: `"${name}";r=${spent.remaining};t=${Math.ceil(spent.resetMs / 1000)}`,
  };
}
