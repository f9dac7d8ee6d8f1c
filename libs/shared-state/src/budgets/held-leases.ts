import type { Logger } from '@atlas/platform';
import { BudgetLeaseLostError } from '../errors.ts';

/** A slot that this process holds. */
export interface HeldLease {
  readonly key: string;
  readonly token: string;
  /** Aborted with BudgetLeaseLostError when the lease has ended under its holder. */
  readonly signal: AbortSignal;
}

export interface HeldLeases {
  /** Remembers a slot whose lease began at `since` (performance.now() before Redis was asked), and keeps it alive. */
  hold(lease: { key: string; token: string; since: number }): HeldLease;
  /** Whether the slot was still held; from now on it is not. */
  drop(lease: HeldLease): boolean;
  count(): number;
}

interface Held extends HeldLease {
  readonly abort: AbortController;
  endsAt: number;
}

/**
 * Renews leases every third of their length, all of a key in one call, as long as there are any. A holder whose lease may
 * have ended, by the clock of this process and counted from before Redis was asked, is told so: late is worse than early.
 */
export function createHeldLeases(options: {
  name: string;
  leaseMs: number;
  /** Answers 1 for each lease that is held for another `leaseMs`, else 0. */
  renew: (key: string, tokens: readonly string[]) => Promise<readonly number[]>;
  onLost: () => void;
  logger: Logger;
}): HeldLeases {
  const { name, leaseMs, renew, onLost, logger } = options;
  // atlas-local-ok: the leases this replica holds and renews; they are in Redis and end there when it dies
  const held = new Map<string, Held>();
  let timer: NodeJS.Timeout | undefined;

  const lose = (lease: Held) => {
    if (!held.delete(lease.token)) return;
    logger.warn({ budget: name }, 'the lease of a slot has ended under its holder');
    onLost();
    lease.abort.abort(new BudgetLeaseLostError(name));
  };
  const renewKey = async (key: string, leases: readonly Held[]): Promise<void> => {
    const since = performance.now();
    try {
      const answer = await renew(
        key,
        leases.map(({ token }) => token),
      );
      leases.forEach((lease, index) => {
        if (answer[index]) lease.endsAt = since + leaseMs;
        else lose(lease);
      });
    } catch (error) {
      logger.debug({ err: error, budget: name }, 'leases were not renewed');
    }
  };
  const turn = async (): Promise<void> => {
    const byKey = Map.groupBy([...held.values()], ({ key }) => key);
    await Promise.all([...byKey].map(([key, leases]) => renewKey(key, leases)));
    for (const lease of [...held.values()]) if (performance.now() >= lease.endsAt) lose(lease);
    schedule();
  };
  const schedule = () => {
    timer = held.size > 0 ? setTimeout(() => void turn(), leaseMs / 3) : undefined;
  };

  return {
    hold({ key, token, since }) {
      const abort = new AbortController();
      const lease: Held = { key, token, abort, signal: abort.signal, endsAt: since + leaseMs };
      held.set(token, lease);
      if (!timer) schedule();
      return lease;
    },
    drop({ token }) {
      const was = held.delete(token);
      if (held.size === 0) {
        clearTimeout(timer);
        timer = undefined;
      }
      return was;
    },
    count: () => held.size,
  };
}
