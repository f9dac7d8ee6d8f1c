import type { Logger, Metrics } from '@atlas/platform';
import type { OpenCharge, OpenStatus } from './open-charge-item.ts';
import type { OpenCharges } from './open-charges.ts';

/** Tells operators of charges that do not go on by themselves: as metrics, and once per charge in the log. */
export interface OpenChargeReport {
  /** Looks again, at most as often as it was told to. */
  update(): Promise<void>;
}

/** What the log says of a charge that has been in this state for too long. */
const reported = {
  requested: { event: 'charge_waiting', message: 'a charge was requested, and nobody has carried it out' },
  succeeded: {
    event: 'charge_unresolved',
    message: 'a charge was taken, and nobody has said what became of its subscription',
  },
  reversing: {
    event: 'reversal_waiting',
    message: 'the money of a charge is to be given back, and the provider has neither done nor refused it',
  },
} as const;

/** What is counted; more than that is said as that. */
const mostCounted = 1_000;
const pageSize = 100;

/**
 * The report on `atlas_billing_charges_unresolved`, `…_charges_waiting`, `…_reversals_waiting` and `…_reversals_parked`. A charge is
 * unresolved when it was taken and has for `unresolvedAfterMs` heard neither that its subscription is active nor that it is
 * not; it waits when nobody has carried it out for as long, and so does a reversal that was neither made nor parked.
 */
export function createOpenChargeReport(deps: {
  openCharges: OpenCharges;
  unresolvedAfterMs: number;
  everyMs: number;
  clock: () => Date;
  logger: Logger;
  metrics: Metrics;
}): OpenChargeReport {
  const { openCharges, unresolvedAfterMs, everyMs, clock, logger, metrics } = deps;
  const unresolved = metrics.gauge(
    'billing_charges_unresolved',
    'Charges that succeeded and heard for too long neither of an activation nor of its failure.',
  );
  const waiting = metrics.gauge(
    'billing_charges_waiting',
    'Charges that were requested, and for too long neither made nor refused.',
  );
  const owed = metrics.gauge(
    'billing_reversals_waiting',
    'Charges whose money was to be given back, and for too long was neither given back nor parked.',
  );
  const parked = metrics.gauge('billing_reversals_parked', 'Reversals that wait for an operator.');
  // atlas-local-ok: when this replica looked last; each looks for itself, and the log is written once for all.
  let nextAtMs = 0;

  async function all(status: OpenStatus, sinceAtLatest?: string): Promise<OpenCharge[]> {
    const found: OpenCharge[] = [];
    let after: string | undefined;
    do {
      const { rows, next } = await openCharges.page({ status, limit: pageSize, after, sinceAtLatest });
      found.push(...rows);
      after = next;
    } while (after !== undefined && found.length < mostCounted);
    return found;
  }

  async function warnOnce(charge: OpenCharge, now: Date): Promise<void> {
    if (charge.reportedAt !== undefined || !(await openCharges.markReported(charge, now.toISOString()))) return;
    const { accountId, chargeId, since, amountCents, currency, correlationId } = charge;
    const about = { account_id: accountId, charge_id: chargeId, charge_correlation_id: correlationId, since };
    const money = { amount_cents: amountCents, currency };
    const { event, message } = reported[charge.status as keyof typeof reported];
    logger.warn({ event, ...about, ...money }, message);
  }

  return {
    async update() {
      const now = clock();
      if (now.getTime() < nextAtMs) return;
      nextAtMs = now.getTime() + everyMs;
      const longAgo = new Date(now.getTime() - unresolvedAfterMs).toISOString();
      const lost = await all('succeeded', longAgo);
      unresolved.set(lost.length);
      const stuck = await all('requested', longAgo);
      waiting.set(stuck.length);
      const owing = await all('reversing', longAgo);
      owed.set(owing.length);
      parked.set((await all('reversal_parked')).length);
      for (const charge of [...lost, ...stuck, ...owing]) await warnOnce(charge, now);
    },
  };
}
