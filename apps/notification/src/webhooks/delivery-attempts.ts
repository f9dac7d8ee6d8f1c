import { setTimeout as delay } from 'node:timers/promises';
import { isUnreachable, type Logger, type Metrics, type Probe } from '@atlas/platform';
import type { ClaimedDelivery } from './delivery-item.ts';
import { deliveryIdOf } from './delivery-item.ts';
import { afterAttempt, type AttemptResult, type NextStep } from './delivery.domain.ts';
import type { Deliveries } from './dynamo-deliveries.ts';

/** How a delivery leaves the house. Never rejects. */
export type Transport = () => Promise<AttemptResult>;

/** Runs tries under the lease of their row. */
export interface DeliveryAttempts {
  /**
   * One try: makes sure that the lease outlives it, hands over, and writes the result. Resolves with the result when it
   * was written and undefined when the lease was lost or the process stops; then the row is due again at the end of its
   * lease. Never rejects.
   */
  run(claimed: ClaimedDelivery, transport: Transport): Promise<AttemptResult | undefined>;
  /** Ends a claimed delivery without a try. Never rejects. */
  end(claimed: ClaimedDelivery, next: NextStep, error: string): Promise<void>;
  /** Until when a claim that is made now is valid. */
  leaseEnd(): number;
}

/** What is left of a lease after the longest try: for the write of its result, and for clocks that differ. */
const marginMs = 5_000;
/** A fresh lease has this much more, so that a job that starts soon need not renew it. */
const slackMs = 5_000;

/** Tries with `attemptTimeoutMs` as their longest duration. */
export function createDeliveryAttempts(deps: {
  deliveries: Deliveries;
  attemptTimeoutMs: number;
  now: () => number;
  random: () => number;
  probe: Probe;
  logger: Logger;
  metrics: Metrics;
  /** Aborted when the process gives up waiting for running tries: their results are not written any more. */
  abandoned: AbortSignal;
}): DeliveryAttempts {
  const { deliveries, now, random, probe, logger, abandoned } = deps;
  const neededMs = deps.attemptTimeoutMs + marginMs;
  const tries = deps.metrics.counter('webhook_attempts_total', 'Tries to deliver a webhook.', ['outcome']);
  const seconds = deps.metrics.histogram('webhook_attempt_seconds', 'Time that a try took.', []);
  const lost = deps.metrics.counter(
    'webhook_leases_lost_total',
    'Results that were not written: the lease was lost.',
    [],
  );

  const leaseEnd = () => now() + neededMs + slackMs;
  /** A job may have waited for its turn; a try must not outlive the lease, or a second worker posts beside it. */
  const secured = async (claimed: ClaimedDelivery): Promise<ClaimedDelivery | undefined> => {
    if (claimed.leaseUntil - now() >= neededMs) return claimed;
    const leaseUntil = leaseEnd();
    return (await deliveries.renew(claimed, leaseUntil)) ? { ...claimed, leaseUntil } : undefined;
  };
  /** The receiver has it already: a store that is away for a moment must not make it a second time. */
  const record = async (claimed: ClaimedDelivery, next: NextStep, result: AttemptResult): Promise<boolean> => {
    for (let pauseMs = 100; ; pauseMs *= 2) {
      try {
        return await deliveries.record(claimed, next, result.attempt);
      } catch (error) {
        if (!isUnreachable(error) || pauseMs > marginMs || now() + pauseMs > claimed.leaseUntil) throw error;
        await delay(pauseMs);
      }
    }
  };
  const guarded = async <T>(claimed: ClaimedDelivery, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      logger.warn({ err: error, webhook_id: deliveryIdOf(claimed) }, 'delivery left to the end of its lease');
      return undefined;
    }
  };

  return {
    leaseEnd,
    run: (delivery, transport) =>
      guarded(delivery, async () => {
        const claimed = await secured(delivery);
        if (claimed === undefined) {
          lost.inc();
          return undefined;
        }
        await probe('webhook.claimed');
        const result = await transport();
        if (abandoned.aborted) return undefined;
        await probe('webhook.posted');
        tries.inc({ outcome: result.outcome });
        seconds.observe(result.attempt.durationMs / 1000);
        const next = afterAttempt(result, claimed.attempts.length + 1, { now: now(), random: random() });
        const marked = await record(claimed, next, result);
        if (!marked) lost.inc();
        await probe('webhook.marked');
        log(logger, claimed, result, next, marked);
        return marked ? result : undefined;
      }),
    async end(claimed, next, error) {
      await guarded(claimed, () => deliveries.record(claimed, next, { at: now(), durationMs: 0, error }));
    },
  };
}

function log(logger: Logger, claimed: ClaimedDelivery, result: AttemptResult, next: NextStep, marked: boolean): void {
  const fields = {
    tenant_id: claimed.tenantId,
    webhook_id: deliveryIdOf(claimed),
    attempt: claimed.attempts.length + 1,
    status_code: result.attempt.statusCode,
    error: result.attempt.error,
    next: next.status,
    due_at: next.status === 'pending' ? new Date(next.dueAt).toISOString() : undefined,
  };
  if (!marked) logger.warn(fields, 'webhook tried, but the lease was lost: the result is not written');
  else if (result.outcome === 'delivered') logger.debug(fields, 'webhook delivered');
  else logger.info(fields, 'webhook not delivered');
}
