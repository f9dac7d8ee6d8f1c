import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import { DependencyUnavailableError } from '../errors.ts';

const fetchTimeoutMs = 2_000;
/** After this the keys are fetched again, beside the requests: how long a key that was taken away is still accepted. */
const refreshAfterMs = 10 * 60 * 1000;
/** How long keys are used that cannot be fetched again, because the gateway is away. */
const usableMs = 60 * 60 * 1000;
/** Fetches in a row, and the pause after which there may be one more: tokens with made-up key ids are no load on the gateway. */
const fetches = { most: 10, everyMs: 1_000 };

/**
 * The keys that the gateway serves at `url`. They are fetched when first needed and every 10 minutes after that, and at
 * once for a key id that is not among them, however short ago the last fetch was: so a key can sign as soon as it is
 * published. A question is never answered "unknown" from a fetch that had begun before the question. Throws
 * DependencyUnavailableError when nothing can be known about a token: there are no keys, or the one it names is unknown
 * and cannot be looked for now.
 */
export function remoteKeys(url: string, options: { now?: () => number } = {}): JWTVerifyGetKey {
  const { now = Date.now } = options;
  // jose keeps the keys and puts fetches at the same time together; when to fetch is decided here.
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: fetchTimeoutMs,
    cooldownDuration: Infinity,
    cacheMaxAge: Infinity,
  });
  const allowance = createAllowance(fetches, now);
  // atlas-local-ok: a copy of public keys that are the same for all replicas; an unknown key is fetched again
  let fetchedAt = -Infinity;
  let finishedFetches = 0;

  async function fetchKeys(): Promise<void> {
    if (!keys.reloading && !allowance.take()) throw unavailable(new Error('The keys were fetched too often just now.'));
    const startedAt = now();
    await keys.reload().catch((error: unknown) => Promise.reject(unavailable(error)));
    fetchedAt = Math.max(fetchedAt, startedAt);
    finishedFetches += 1;
  }

  return async (header, token) => {
    const age = now() - fetchedAt;
    if (age > usableMs) await fetchKeys();
    // Not waited for: the key at hand is good, and what fails is tried again with the next request.
    else if (age > refreshAfterMs) fetchKeys().catch(() => {});
    const seen = finishedFetches;
    const known = await keys(header, token).catch(onlyUnknownKey);
    if (known) return known;
    // The fetch under way may know it, but having begun before the question it cannot say that there is no such key.
    if (keys.reloading) await fetchKeys().catch(() => {});
    const learnt = finishedFetches > seen && (await keys(header, token).catch(onlyUnknownKey));
    if (learnt) return learnt;
    await fetchKeys();
    return keys(header, token);
  };
}

function onlyUnknownKey(error: unknown): undefined {
  if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
}

function unavailable(cause: unknown): DependencyUnavailableError {
  return new DependencyUnavailableError('The key set of the gateway', { cause });
}

/** A bucket of `most` that gets one more each `everyMs`. */
function createAllowance({ most, everyMs }: typeof fetches, now: () => number) {
  // atlas-local-ok: keeps this replica from asking for keys too often; it protects the gateway, and is meant per replica
  let left = most;
  let filledAt = now();
  return {
    take(): boolean {
      const earned = Math.floor((now() - filledAt) / everyMs);
      left = Math.min(most, left + earned);
      filledAt += earned * everyMs;
      if (left === 0) return false;
      left -= 1;
      return true;
    },
  };
}
