import type { Service } from '@atlas/event-contracts';
import { DependencyUnavailableError } from '@atlas/platform';
import type { Redis } from 'ioredis';
import { createGather } from './gather.ts';
import { withLeaseScripts } from './lease-scripts.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * A message can come back for as long as its queue (1 day) and its dead-letter queue (14 days) keep it; a day more covers
 * the time in between. Done marks and failure counts must outlive that.
 */
const REMEMBER_MS = 16 * DAY_MS;

/** How long the fence of an ended lease is kept, so that its holder can still prove that nobody came in between. */
const KEEP_FENCE_MS = 60 * 60 * 1000;

/** The right to work on a key until it ends. `fence` grows with every claim of the key, so a store can refuse old holders. */
export interface Lease {
  readonly key: string;
  readonly fence: number;
}

export type Claim =
  | { readonly state: 'claimed'; readonly fence: number; readonly failures: number }
  | { readonly state: 'held'; readonly leftMs: number }
  | { readonly state: 'done' };

/** How often a handler has failed on a message, and when first and last (milliseconds since 1970, Redis's clock). */
export interface Failures {
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/**
 * Remembers for one service, in Redis, who works on which message or effect, how often its handler failed, and what is
 * done. Each call is atomic and one round trip, however many keys it has; claims, and marks, that are made in the same
 * turn of the event loop share one. Every method throws DependencyUnavailableError
 * when Redis cannot do it: an inbox that does not answer is never a reason to count a failure.
 *
 * All keys of a call must be on one Redis shard: on a cluster use a prefix with a hash tag, such as `{atlas}`.
 */
export interface Inbox {
  readonly service: Service;
  messageKey(eventId: string): string;
  effectKey(effect: string, eventId: string): string;
  /** Takes a lease of `leaseMs` on each key that is neither done nor held. A key given twice is claimed once. */
  claim(keys: readonly string[], leaseMs: number): Promise<Claim[]>;
  /** Lets leases end `leaseMs` from now; false for those that another has taken over or finished. */
  renew(leases: readonly Lease[], leaseMs: number): Promise<boolean[]>;
  /** Marks as done, for 16 days; false for those that another has taken over. */
  markDone(leases: readonly Lease[]): Promise<boolean[]>;
  /** Ends leases and keeps the failure counts. Leases that are lost already are left alone. */
  release(leases: readonly Lease[]): Promise<void>;
  /** Ends leases and forgets the failures: for a message that may come back and begins anew then; false for those that another has taken over. */
  forget(leases: readonly Lease[]): Promise<boolean[]>;
  /** Counts a failure and ends the lease, except with the last one (`maxFailures`); undefined when the lease was lost. */
  fail(lease: Lease, maxFailures: number): Promise<Failures | undefined>;
}

export interface InboxOptions {
  readonly redis: Redis;
  /** Starts every key: `<prefix>:inbox:<service>:<event id>`, `<prefix>:effect:<service>:<effect>:<event id>`. */
  readonly prefix: string;
  readonly service: Service;
  /** How long done marks and failure counts are kept. Default 16 days. */
  readonly doneTtlMs?: number;
}

/** Makes the inbox of a service. Redis must run with an append-only file and `noeviction`: a lost mark is a repeated effect. */
export function createInbox(options: InboxOptions): Inbox {
  const { prefix, service, doneTtlMs = REMEMBER_MS } = options;
  const scripts = withLeaseScripts(options.redis);
  const claims = createGather<Asked, Claim>(async (asked) => {
    const keys = asked.map(({ key }) => key);
    const leases = asked.map(({ leaseMs }) => leaseMs);
    return readClaims(await answered(scripts.atlasClaim(keys.length, ...keys, doneTtlMs, KEEP_FENCE_MS, ...leases)));
  });
  const marks = createGather<Lease, boolean>(async (leases) => {
    const args = [doneTtlMs, ...fencesOf(leases)];
    return (await answered(scripts.atlasMarkDone(leases.length, ...keysOf(leases), ...args))).map(Boolean);
  });
  const end = async (leases: readonly Lease[], forget: 0 | 1) => {
    if (leases.length === 0) return [];
    return (await answered(scripts.atlasRelease(leases.length, ...keysOf(leases), forget, ...fencesOf(leases)))).map(
      Boolean,
    );
  };
  return {
    service,
    messageKey: (eventId) => `${prefix}:inbox:${service}:${eventId}`,
    effectKey: (effect, eventId) => `${prefix}:effect:${service}:${effect}:${eventId}`,
    claim: (keys, leaseMs) => claims(keys.map((key) => ({ key, leaseMs: Math.floor(leaseMs) }))),
    markDone: marks,
    async renew(leases, leaseMs) {
      if (leases.length === 0) return [];
      const args = [Math.floor(leaseMs), KEEP_FENCE_MS, ...fencesOf(leases)];
      return (await answered(scripts.atlasRenew(leases.length, ...keysOf(leases), ...args))).map(Boolean);
    },
    async release(leases) {
      await end(leases, 0);
    },
    forget: (leases) => end(leases, 1),
    async fail(lease, maxFailures) {
      const answer = await answered(scripts.atlasFail(1, lease.key, lease.fence, maxFailures, doneTtlMs));
      const [count, firstAt, lastAt] = answer;
      return count === 0 ? undefined : { count, firstAt, lastAt };
    },
  };
}

interface Asked {
  readonly key: string;
  readonly leaseMs: number;
}

const keysOf = (leases: readonly Lease[]) => leases.map((lease) => lease.key);
const fencesOf = (leases: readonly Lease[]) => leases.map((lease) => lease.fence);

/** The script answers three numbers per key: state, fence or milliseconds left, failures. */
function readClaims(answer: readonly number[]): Claim[] {
  const claims: Claim[] = [];
  for (let at = 0; at < answer.length; at += 3) {
    const [state, value = 0, failures = 0] = answer.slice(at, at + 3);
    if (state === 1) claims.push({ state: 'claimed', fence: value, failures });
    else claims.push(state === 2 ? { state: 'held', leftMs: value } : { state: 'done' });
  }
  return claims;
}

/** Whatever Redis says instead of an answer (gone, loading, full, read-only) is an outage of the inbox. */
async function answered<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (cause) {
    throw new DependencyUnavailableError('redis', { cause });
  }
}
