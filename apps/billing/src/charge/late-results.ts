import { DependencyUnavailableError, type Logger, type Metrics } from '@atlas/platform';
import type { LateResult } from '../payment-provider/payment-provider.ts';
import { type AccountCommand, findCharge } from './account.domain.ts';
import type { Accounts, CommandOrigin } from './accounts.ts';
import { refunded, reportParked, succeeded } from './charge-desk.ts';
import type { OpenCharges } from './open-charges.ts';
import { RejectedError } from './rejected.domain.ts';

/**
 * Notes what the provider says by itself: a result that it still owed, a refund made by hand. `known`: it changes nothing, or
 * cannot be believed and was reported to an operator. `unknown_charge`: not one of ours. Rejects with
 * DependencyUnavailableError when it is too early to tell, so that the provider says it again.
 */
export type Settle = (late: LateResult) => Promise<'recorded' | 'known' | 'unknown_charge'>;

/** Makes that; `soon` has a charge carried on with that has something more to do now. */
export function createSettle(deps: {
  accounts: Accounts;
  openCharges: Pick<OpenCharges, 'find'>;
  reversalAttempts: number;
  soon: (charge: { accountId: string; chargeId: string }, origin: CommandOrigin) => void;
  clock: () => Date;
  logger: Logger;
  metrics: Metrics;
}): Settle {
  const { accounts, openCharges, reversalAttempts, soon, clock, logger, metrics } = deps;
  const refusedNotices = metrics.counter(
    'billing_notices_refused_total',
    'Notices of the payment provider that contradict what is known.',
  );

  const doubt = (late: LateResult, why: string): 'known' => {
    refusedNotices.inc();
    const { accountId, chargeId, noticeId, amountCents, currency } = late;
    const about = { account_id: accountId, charge_id: chargeId, notice_id: noticeId };
    const money = { amount_cents: amountCents, currency, about: late.about, outcome: late.result.outcome };
    logger.error(
      { event: 'provider_notice_refused', ...about, ...money, why },
      'a notice of the provider cannot be true',
    );
    return 'known';
  };

  return async function settle(late) {
    const { accountId, chargeId, noticeId } = late;
    const before = findCharge(await accounts.load(accountId), chargeId);
    if (!before) return 'unknown_charge';
    if (late.amountCents !== before.amountCents || late.currency !== before.currency) {
      return doubt(late, `the charge is about ${before.amountCents} ${before.currency}`);
    }
    // What happens now belongs to the request that has set it off, not to the provider's call.
    const correlationId = (await openCharges.find(accountId, chargeId))?.correlationId;
    const origin = { correlationId, causationId: noticeId };
    if (late.about === 'refund' && before.status === 'requested') {
      // It was taken, and whoever took it has died before the note. First that is found out; the notice comes again.
      soon({ accountId, chargeId }, origin);
      throw new DependencyUnavailableError(`what became of charge ${chargeId}`);
    }
    try {
      const command = commandOf(late, reversalAttempts, clock());
      const { events, replayed } = await accounts.handle(accountId, command, { ...origin, commandId: noticeId });
      // A reversal that begins now is carried on now; one that was refused has its time.
      if (replayed || events.length === 0) return 'known';
      if (events.some(({ type }) => type === 'reversal.requested')) soon({ accountId, chargeId }, origin);
      for (const { type, payload } of events) {
        if (type === 'reversal.parked') reportParked(logger, before, payload.refusal);
      }
      return 'recorded';
    } catch (error) {
      if (error instanceof RejectedError) return doubt(late, error.message);
      throw error;
    }
  };
}

function commandOf(late: LateResult, maxAttempts: number, now: Date): AccountCommand {
  const { about, chargeId, result } = late;
  if (about === 'charge') {
    return result.outcome === 'succeeded'
      ? { ...succeeded(chargeId, result), now: now.toISOString() }
      : { type: 'RecordDecline', chargeId, reason: result.reason };
  }
  if (result.outcome === 'refunded') return refunded(chargeId, result);
  const { reason: refusal, reference } = result;
  return { type: 'RecordRefusal', chargeId, refusal, reference, maxAttempts, byHand: late.byHand };
}
