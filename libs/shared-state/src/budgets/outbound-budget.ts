import { randomUUID } from 'node:crypto';
import { DependencyUnavailableError, type Logger } from '@atlas/platform';
import type { Redis } from 'ioredis';
import { BudgetFullError } from '../errors.ts';
import type { BudgetMetrics } from './budget-metrics.ts';
import { withBudgetScripts } from './budget-scripts.ts';
import { createHeldLeases, type HeldLease } from './held-leases.ts';
import { createWaitingLine, type WaitingLine } from './waiting-line.ts';

/** One of the calls that may run at a time. */
export interface BudgetSlot {
  /** Aborted with BudgetLeaseLostError when the slot may have been given to another process. */
  readonly signal: AbortSignal;
  /** Gives the slot back. Never rejects: what Redis does not hear of ends with its lease. */
  release(): Promise<void>;
}

export interface BudgetRequest {
  /** Whose limit it is, such as a host, where a budget has many; each has `limit` slots of its own. */
  readonly party?: string;
  /** How long to wait for a slot, in milliseconds. 0, the default, asks once. */
  readonly waitMs?: number;
  /** Ends the waiting, and is part of the signal that `work` gets. */
  readonly signal?: AbortSignal | undefined;
}

export interface OutboundBudget {
  /** A slot. Throws BudgetFullError when there is none in time, and DependencyUnavailableError when Redis does not answer. */
  acquire(request?: BudgetRequest): Promise<BudgetSlot>;
  /** Runs `work` in a slot and gives that back, whatever becomes of it. Throws what `acquire` throws, then what `work` throws. */
  run<T>(request: BudgetRequest, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

export interface OutboundBudgetOptions {
  redis: Redis;
  /** Prefix of all Redis keys: the slots are at `<prefix>:budget:<name>` and `<prefix>:budget:<name>:<party>`. */
  prefix: string;
  name: string;
  /** How many calls to a party may run at a time, in all processes together. */
  limit: number;
  /** After how many milliseconds the slots of a process that died are free again. A living one renews its leases. */
  leaseMs: number;
  logger: Logger;
  metrics?: BudgetMetrics | undefined;
}

/**
 * A limit on the calls to a third party that run at a time, over all replicas. A slot is a lease in Redis that its holder
 * renews, so a process that is killed takes none with it for longer than `leaseMs`. A process that stands still for longer
 * than that (a debugger, a paused machine) may still be calling when its slot is taken anew: it learns that from `signal`.
 */
export function createOutboundBudget(options: OutboundBudgetOptions): OutboundBudget {
  const { redis, prefix, name, limit, leaseMs, logger, metrics } = options;
  const scripts = withBudgetScripts(redis);
  // atlas-local-ok: callers of this replica who wait for a place; places are counted in Redis over all replicas
  const lines = new Map<string, WaitingLine>();
  const leases = createHeldLeases({
    name,
    leaseMs,
    renew: (key, tokens) => scripts.atlasBudgetRenew(key, leaseMs, ...tokens),
    onLost: () => metrics?.lost.inc({ budget: name }),
    logger,
  });

  const forget = async (key: string, ...tokens: string[]): Promise<void> => {
    await redis.zrem(key, ...tokens).catch(() => {});
  };
  const release = async (lease: HeldLease): Promise<void> => {
    if (!leases.drop(lease)) return;
    await forget(lease.key, lease.token);
    lines.get(lease.key)?.poke();
  };
  const ask = async (key: string, tokens: readonly string[]) => {
    const since = performance.now();
    try {
      const [count, endsInMs] = await scripts.atlasBudgetAcquire(key, limit, leaseMs, ...tokens);
      return { granted: tokens.slice(0, count).map((token) => leases.hold({ key, token, since })), endsInMs };
    } catch (cause) {
      // It may have been granted all the same, and nobody would use it.
      void forget(key, ...tokens);
      throw new DependencyUnavailableError('Redis', { cause });
    }
  };
  const lineOf = (key: string): WaitingLine => {
    const known = lines.get(key);
    if (known) return known;
    const giveBack = (lease: HeldLease) => void release(lease);
    const onEmpty = () => void lines.delete(key);
    const line = createWaitingLine({ name, limit, ask: (tokens) => ask(key, tokens), giveBack, onEmpty });
    lines.set(key, line);
    return line;
  };

  const acquire = async ({ party, waitMs = 0, signal }: BudgetRequest = {}): Promise<BudgetSlot> => {
    signal?.throwIfAborted();
    const key = `${prefix}:budget:${name}${party === undefined ? '' : `:${party}`}`;
    try {
      const lease = await lineOf(key).wait({ token: randomUUID(), waitMs, signal });
      return { signal: lease.signal, release: () => release(lease) };
    } catch (error) {
      if (error instanceof BudgetFullError) metrics?.full.inc({ budget: name });
      throw error;
    }
  };

  return {
    acquire,
    async run(request, work) {
      const slot = await acquire(request);
      try {
        return await work(request.signal ? AbortSignal.any([slot.signal, request.signal]) : slot.signal);
      } finally {
        void slot.release();
      }
    },
  };
}
