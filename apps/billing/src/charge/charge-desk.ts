import { RetryLaterError } from '@atlas/messaging';
import type { Logger, Probe } from '@atlas/platform';
import { BudgetFullError, type OutboundBudget } from '@atlas/shared-state';
import { PaymentRequestError } from '../payment-provider/errors.ts';
import type { PaymentProvider, RefundResult } from '../payment-provider/payment-provider.ts';
import { type Account, chargeNotFound, findCharge } from './account.domain.ts';
import type { Accounts, CommandOrigin } from './accounts.ts';
import type { Charge } from './charge.domain.ts';
import type { OpenCharges } from './open-charges.ts';

export interface CarryOutOptions {
  /** Ends the waiting and the call; what the provider did all the same is found out by the next one. */
  readonly signal?: AbortSignal | undefined;
  readonly origin?: CommandOrigin | undefined;
}

/** Where charges meet the payment provider. */
export interface ChargeDesk {
  /**
   * Does what is to be done about a charge now: takes its money, gives it back, or nothing; and notes what came of it. It may be
   * called at any time, by many at once and again after a death at any line: the provider acts once per charge and attempt,
   * and the account notes each answer once. `waiting`: the provider is at it or has refused, and it is looked after later.
   *
   * Rejects with ProviderUnavailableError, RetryLaterError (the provider's budget is used up), PaymentRequestError (a charge
   * that can never be made), RejectedError for a charge that the account does not have, and what the stores reject with.
   */
  carryOut(charge: { accountId: string; chargeId: string }, options?: CarryOutOptions): Promise<'settled' | 'waiting'>;
}

export interface ChargeDeskDeps {
  readonly accounts: Accounts;
  readonly openCharges: Pick<OpenCharges, 'lookAfter'>;
  readonly provider: Pick<PaymentProvider, 'charge' | 'refund'>;
  /** Calls to the provider that all replicas together make at a time. */
  readonly budget: OutboundBudget;
  /** Refusals of a reversal after which it is parked. */
  readonly reversalAttempts: number;
  /** When to ask about a payment that the provider is still at, unless it tells us before. */
  readonly pendingMs: number;
  readonly clock: () => Date;
  readonly logger: Logger;
  readonly probe: Probe;
}

type ChargeIn<Status extends Charge['status']> = Extract<Charge, { status: Status }>;

/** Waiting in place keeps the message, which is the back-pressure that a full budget is for. */
const patienceMs = 60_000;
const comeAgainMs = 15_000;

/** A desk over the accounts and a provider. */
export function createChargeDesk(deps: ChargeDeskDeps): ChargeDesk {
  const { accounts, openCharges, provider, budget, reversalAttempts, pendingMs, clock, logger, probe } = deps;

  async function withinBudget<T>(signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const slot = await budget.acquire({ waitMs: patienceMs, signal }).catch(later);
    try {
      return await call();
    } finally {
      void slot.release();
    }
  }

  const waitFor = async ({ accountId, chargeId }: Charge, status: 'requested' | 'reversing') => {
    await openCharges.lookAfter({ accountId, chargeId, status }, clock().getTime() + pendingMs);
    return undefined;
  };

  /** The account afterwards; undefined when there is nothing to note yet. */
  async function take(charge: ChargeIn<'requested'>, { signal, origin }: CarryOutOptions) {
    const { accountId, chargeId, amountCents, currency, paymentMethod } = charge;
    const result = await withinBudget(signal, () =>
      provider.charge({ chargeId, accountId, amountCents, currency, paymentMethod, signal }),
    );
    await probe('charge.answered');
    if (result.outcome === 'pending') return waitFor(charge, 'requested');
    const now = clock().toISOString();
    const { state } = await accounts.handle(
      accountId,
      result.outcome === 'declined'
        ? { type: 'RecordDecline', chargeId, reason: result.reason }
        : { ...succeeded(chargeId, result), now },
      origin,
    );
    await probe('charge.noted');
    return state;
  }

  async function giveBack(charge: ChargeIn<'reversing'>, { signal, origin }: CarryOutOptions) {
    const { accountId, chargeId, amountCents, currency, reference } = charge;
    const attempt = charge.refusals + 1;
    const result = await withinBudget(signal, () =>
      provider.refund({ chargeId, accountId, amountCents, currency, reference, attempt, signal }).catch(impossible),
    );
    await probe('reversal.answered');
    if (result.outcome === 'pending') return waitFor(charge, 'reversing');
    const { state } = await accounts.handle(
      accountId,
      result.outcome === 'refunded'
        ? refunded(chargeId, result)
        : {
            ...{ type: 'RecordRefusal', chargeId, attempt, refusal: result.reason, reference: result.reference },
            maxAttempts: 'forGood' in result ? 1 : reversalAttempts,
          },
      origin,
    );
    await probe('reversal.noted');
    if (result.outcome === 'refused') report(charge, result.reason, state);
    return result.outcome === 'refused' ? undefined : state;
  }

  function report(before: Charge, refusal: string, account: Account): void {
    const { accountId, chargeId } = before;
    if (findCharge(account, chargeId)?.status === 'reversal_parked') return reportParked(logger, before, refusal);
    const about = { account_id: accountId, charge_id: chargeId, refusal };
    logger.warn({ event: 'reversal_refused', ...about }, 'the provider has refused a reversal; it is asked again');
  }

  return {
    async carryOut({ accountId, chargeId }, options = {}) {
      let account: Account | undefined = await accounts.load(accountId);
      while (account) {
        const charge = findCharge(account, chargeId);
        if (charge === undefined) throw chargeNotFound(chargeId);
        if (charge.status === 'requested') account = await take(charge, options);
        else if (charge.status === 'reversing') account = await giveBack(charge, options);
        else return 'settled';
      }
      return 'waiting';
    },
  };
}

/** Tells operators that a reversal is parked, with the money named. */
export function reportParked(logger: Logger, { accountId, chargeId, amountCents, currency }: Charge, refusal: string) {
  const about = { account_id: accountId, charge_id: chargeId, refusal, amount_cents: amountCents, currency };
  logger.error({ event: 'reversal_parked', ...about }, 'the provider does not give the money back: decide about it');
}

/** The command that notes a success. */
export function succeeded(chargeId: string, { reference, chargedAt }: { reference: string; chargedAt: Date }) {
  return { type: 'RecordSuccess', chargeId, reference, chargedAt: chargedAt.toISOString() } as const;
}

/** The command that notes that the money is back. */
export function refunded(chargeId: string, { reference, refundedAt }: { reference: string; refundedAt: Date }) {
  return { type: 'RecordRefund', chargeId, reference, refundedAt: refundedAt.toISOString() } as const;
}

function later(error: unknown): never {
  if (error instanceof BudgetFullError) throw new RetryLaterError(error.message, comeAgainMs, { cause: error });
  throw error;
}

/** A refund that calling again cannot make is for an operator at once. */
function impossible(error: unknown): Extract<RefundResult, { outcome: 'refused' }> & { forGood: true } {
  if (error instanceof PaymentRequestError) return { outcome: 'refused', reason: error.reason, forGood: true };
  throw error;
}
