import { BudgetFullError } from '../errors.ts';
import type { HeldLease } from './held-leases.ts';

/** One who waits for a slot. */
interface Waiter {
  readonly token: string;
  /** By performance.now(). */
  readonly until: number;
  readonly resolve: (lease: HeldLease) => void;
  readonly reject: (reason: unknown) => void;
}

export interface WaitingLine {
  /** Resolves with a slot; rejects with BudgetFullError after `waitMs`, with the reason of `signal`, or with what `ask` throws. */
  wait(options: { token: string; waitMs: number; signal?: AbortSignal | undefined }): Promise<HeldLease>;
  /** A slot has come free: ask at once. */
  poke(): void;
}

/** The pause between two questions, with jitter so that processes which wait for the same slots do not march in step. */
const pauseMs = () => 20 + Math.random() * 40;
/** What a caller is told to pause before it comes again: not at once, and not long, as slots come free all the time. */
const comeAgainMs = { least: 100, most: 1_000 };

/** Who waits in this process for slots of one party, first come first served. The line as a whole asks, not each of them. */
export function createWaitingLine(options: {
  name: string;
  limit: number;
  /** Asks for a slot per token: which of them have got one, and in how many milliseconds a lease ends at the earliest. */
  ask: (tokens: readonly string[]) => Promise<{ granted: readonly HeldLease[]; endsInMs: number }>;
  /** Takes back a slot that was granted to one who has left. */
  giveBack: (lease: HeldLease) => void;
  /** Called when nobody waits any more; the line may be forgotten. */
  onEmpty: () => void;
}): WaitingLine {
  const { name, limit, ask, giveBack, onEmpty } = options;
  /** In the order of their coming, by token. */
  const line = new Map<string, Waiter>();
  let asking = false;
  let wake = () => {};

  const leave = (token: string): Waiter | undefined => {
    const waiter = line.get(token);
    line.delete(token);
    return waiter;
  };
  const refuse = (waiters: Iterable<Waiter>, reason: unknown) => {
    for (const { token, reject } of [...waiters]) {
      leave(token);
      reject(reason);
    }
  };
  /** Asks once for everybody; whether all slots are taken now. */
  const serve = async (): Promise<boolean> => {
    const tokens = [...line.keys()].slice(0, limit);
    try {
      const { granted, endsInMs } = await ask(tokens);
      for (const lease of granted) {
        const waiter = leave(lease.token);
        if (waiter) waiter.resolve(lease);
        else giveBack(lease);
      }
      if (granted.length === tokens.length) return false;
      const now = performance.now();
      const afterMs = Math.min(Math.max(endsInMs, comeAgainMs.least), comeAgainMs.most);
      refuse(
        [...line.values()].filter(({ until }) => until <= now),
        new BudgetFullError(name, limit, afterMs),
      );
      return true;
    } catch (error) {
      refuse(line.values(), error);
      return false;
    }
  };
  const pause = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const soonest = Math.min(...[...line.values()].map(({ until }) => until)) - performance.now();
    const timer = setTimeout(resolve, Math.max(1, Math.min(pauseMs(), soonest)));
    wake = resolve;
    await promise;
    clearTimeout(timer);
  };
  const run = async (): Promise<void> => {
    asking = true;
    // Those who come in the same turn of the event loop ask together.
    await Promise.resolve();
    while (line.size > 0) {
      const full = await serve();
      if (full && line.size > 0) await pause();
    }
    asking = false;
    onEmpty();
  };

  return {
    wait({ token, waitMs, signal }) {
      const { promise, resolve, reject } = Promise.withResolvers<HeldLease>();
      line.set(token, { token, until: performance.now() + waitMs, resolve, reject });
      const abort = () => {
        leave(token);
        reject(signal!.reason);
        wake();
      };
      signal?.addEventListener('abort', abort, { once: true });
      if (!asking) void run();
      return promise.finally(() => signal?.removeEventListener('abort', abort));
    },
    poke: () => wake(),
  };
}
