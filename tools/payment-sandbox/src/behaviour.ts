import { z } from 'zod';

/**
 * How a call goes wrong: before anything was done (`error`, `cut`, `throttled`), or after it was done and written down
 * (`error_after`, `cut_after`, `hang`), which a caller cannot tell apart.
 */
const failureKinds = ['error', 'cut', 'throttled', 'error_after', 'cut_after', 'hang'] as const;
export type FailureKind = (typeof failureKinds)[number];

/** What `POST /behaviour` takes. Only what is named changes. */
export const behaviourChange = z.strictObject({
  /** The share of calls that go wrong, lookups included; 0 is the rule. */
  failure_rate: z.number().min(0).max(1).optional(),
  /** Which ways of going wrong are drawn from; all by default. */
  failures: z.array(z.enum(failureKinds)).min(1).optional(),
  /** So many of the next calls go wrong for sure, by each kind in turn. */
  fail_next: z.array(z.enum(failureKinds)).max(1000).optional(),
  /** How long `pm_card_slow` takes. */
  slow_ms: z.int().min(0).max(600_000).optional(),
  /** Whether `pm_card_refund_refused` gives money back after all. */
  accept_refunds: z.boolean().optional(),
  /** Pending entries are settled after so long; null: only by `POST /ledger/:id/settle`. */
  settle_after_ms: z.int().min(0).max(86_400_000).nullable().optional(),
});

export type BehaviourSettings = Required<z.infer<typeof behaviourChange>>;

/** How the provider behaves at the moment. */
export interface Behaviour {
  change(change: z.infer<typeof behaviourChange>): void;
  readonly current: Readonly<BehaviourSettings>;
  /** What happens to the next call, counted. */
  nextFailure(): FailureKind | undefined;
}

/** Well-behaved until told otherwise; nothing of it is kept over a restart. */
export function createBehaviour(random: () => number): Behaviour {
  // atlas-local-ok: the sandbox is one process by design; how it misbehaves ends with it
  const current: BehaviourSettings = {
    failure_rate: 0,
    failures: [...failureKinds],
    // atlas-local-ok: the sandbox is one process by design; how it misbehaves ends with it
    fail_next: [],
    slow_ms: 1500,
    accept_refunds: false,
    settle_after_ms: 3000,
  };
  return {
    current,
    change: (change) => void Object.assign(current, change),
    nextFailure() {
      if (current.fail_next.length > 0) {
        const [next, ...rest] = current.fail_next;
        current.fail_next = rest;
        return next;
      }
      if (current.failure_rate === 0 || random() >= current.failure_rate) return undefined;
      return current.failures[Math.floor(random() * current.failures.length)];
    },
  };
}
