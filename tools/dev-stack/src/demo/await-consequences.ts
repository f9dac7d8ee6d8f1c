import { setTimeout as delay } from 'node:timers/promises';
import type { Ledger } from './ledger.ts';
import type { Observation } from './observation.ts';
import { consequences } from './reconciliation.domain.ts';

export interface AwaitOptions {
  ledger: Ledger;
  observation: Observation;
  /** Whether all orders were sent: until then there is more to come. */
  allSent: () => boolean;
  /** How long nothing may change, once all were sent, before the rest counts as missing. */
  patienceMs: number;
  clock: () => number;
  signal?: AbortSignal | undefined;
  onLook: () => void;
}

const pauseMs = 200;

/**
 * Looks until every order has every consequence. Gives up, without an error, when nothing new was seen for `patienceMs`:
 * what is missing then is for the reconciliation to say.
 */
export async function awaitConsequences(options: AwaitOptions): Promise<void> {
  const { ledger, observation, allSent, patienceMs, clock, signal, onLook } = options;
  const state = () => consequences.reduce((sum, consequence) => sum + ledger.found(consequence), 0);
  let last = { seen: state(), at: clock() };
  for (;;) {
    // Asked before looking: an order that is sent while we look is looked for the next time.
    const sent = allSent();
    await observation.look();
    onLook();
    if (sent && ledger.isComplete()) return;
    if (!sent || state() !== last.seen) last = { seen: state(), at: clock() };
    if (clock() - last.at > patienceMs) return;
    await delay(pauseMs, undefined, { signal });
  }
}

/**
 * Waits until no message is left in any queue, at most `patienceMs`: a message that is handled a second time would be
 * handled by then. Somebody else's traffic can keep queues busy, which is no failure.
 */
export async function awaitQuiet(options: {
  backlog: () => Promise<number>;
  patienceMs: number;
  clock: () => number;
  signal?: AbortSignal | undefined;
}): Promise<void> {
  const { backlog, patienceMs, clock, signal } = options;
  const deadline = clock() + patienceMs;
  while ((await backlog()) > 0 && clock() < deadline) await delay(pauseMs, undefined, { signal });
}
