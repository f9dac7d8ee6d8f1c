import type { Ledger } from './ledger.ts';

/** Settles what is pending when its time has come. */
export interface Settlement {
  /** An entry is pending from now on. `afterMs` null: nobody but a caller settles it. */
  await(id: string, afterMs: number | null): void;
  stop(): void;
}

/** Timers for pending entries; `ledger` is asked late, because it is opened after. */
export function createSettlement(ledger: () => Ledger): Settlement {
  // atlas-local-ok: when the one sandbox answers late; the ledger file knows what is open
  const timers = new Set<NodeJS.Timeout>();
  return {
    await(id, afterMs) {
      if (afterMs === null) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        ledger().settle(id);
      }, afterMs);
      timers.add(timer);
    },
    stop: () => timers.forEach(clearTimeout),
  };
}
