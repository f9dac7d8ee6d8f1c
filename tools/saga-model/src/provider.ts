import {
  type ChargeRequest,
  type ChargeResult,
  type LateResult,
  type PaymentProvider,
  ProviderUnavailableError,
  type RefundResult,
} from '@atlas/billing/saga';
import type { Choices } from './choices.ts';

/** How the provider treats a payment method. */
export interface Treatment {
  readonly charge: 'succeeded' | 'declined' | 'slow';
  /** Attempts to give money back that it refuses; the next one it accepts. */
  readonly refusedRefunds: number;
  readonly slowRefund: boolean;
}

/** What the provider has done about one charge. */
export interface LedgerEntry {
  readonly request: ChargeRequest;
  payment: ChargeResult;
  readonly refunds: Map<number, RefundResult>;
  timesTaken: number;
  timesGivenBack: number;
}

export interface ModelProvider extends Pick<PaymentProvider, 'charge' | 'refund'> {
  readonly ledger: ReadonlyMap<string, LedgerEntry>;
  /** Notices that it has yet to send, each of them perhaps more than once. */
  readonly notices: LateResult[];
  /** Charges about which it is still making up its mind. */
  undecided(): string[];
  /** It makes up its mind, and gives notice. */
  decide(chargeId: string, accepted: boolean): void;
  /** Somebody gives the money back by hand at the provider, who gives notice. */
  refundByHand(chargeId: string): boolean;
}

type Settlement = { [L in LateResult as L['about']]: Pick<L, 'about' | 'result'> }[LateResult['about']];

export interface ModelProviderDeps {
  readonly choices: Choices;
  readonly clock: () => Date;
  readonly treatmentOf: (paymentMethod: string) => Treatment;
  /** A defect, for a test that sees the model find it: the same charge is made again when it is asked for again. */
  readonly forgetful?: boolean | undefined;
}

/** A provider that does everything once per charge and attempt, and does not answer now and then. */
export function createModelProvider(deps: ModelProviderDeps): ModelProvider {
  const { choices, clock, treatmentOf, forgetful = false } = deps;
  const ledger = new Map<string, LedgerEntry>();
  const notices: LateResult[] = [];
  let failuresLeft = 4;
  let noticeCount = 0;

  const unavailable = (outOf: number): boolean => failuresLeft > 0 && choices.chance(outOf) && failuresLeft-- > 0;
  const entryOf = (chargeId: string): LedgerEntry => ledger.get(chargeId)!;
  const take = (entry: LedgerEntry): Extract<ChargeResult, { outcome: 'succeeded' }> => {
    entry.timesTaken += 1;
    return { outcome: 'succeeded', reference: `pi_${entry.request.chargeId}`, chargedAt: clock() };
  };
  const giveBack = (entry: LedgerEntry): Extract<RefundResult, { outcome: 'refunded' }> => {
    const done = [...entry.refunds.values()].find((refund) => refund.outcome === 'refunded');
    if (done?.outcome === 'refunded') return done;
    entry.timesGivenBack += 1;
    return { outcome: 'refunded', reference: `re_${entry.request.chargeId}`, refundedAt: clock() };
  };
  /** It says by itself what it has answered, or will: notices tell of everything. */
  const notify = (entry: LedgerEntry, late: Settlement): void => {
    const { chargeId, accountId, amountCents, currency } = entry.request;
    const subject = { chargeId, accountId, amountCents, currency, noticeId: `evt_${++noticeCount}` };
    notices.push({ ...subject, ...late } as LateResult);
  };

  return {
    ledger,
    notices,
    async charge(request) {
      if (unavailable(6)) throw new ProviderUnavailableError('model');
      const known = ledger.get(request.chargeId);
      const entry = known ?? begin(request);
      if (forgetful && known?.payment.outcome === 'succeeded') take(known);
      if (unavailable(6)) throw new ProviderUnavailableError('model');
      return entry.payment;
    },
    async refund({ chargeId, attempt }) {
      if (unavailable(6)) throw new ProviderUnavailableError('model');
      const entry = entryOf(chargeId);
      const result = entry.refunds.get(attempt) ?? tryRefund(entry, attempt);
      if (unavailable(6)) throw new ProviderUnavailableError('model');
      return result;
    },
    undecided: () => [...ledger.values()].filter(isUndecided).map(({ request }) => request.chargeId),
    decide(chargeId, accepted) {
      const entry = entryOf(chargeId);
      if (entry.payment.outcome === 'pending') {
        const result = accepted ? take(entry) : ({ outcome: 'declined', reason: 'insufficient_funds' } as const);
        entry.payment = result;
        return notify(entry, { about: 'charge', result });
      }
      for (const [attempt, refund] of entry.refunds) {
        if (refund.outcome !== 'pending') continue;
        const { reference } = refund;
        const result = accepted
          ? giveBack(entry)
          : ({ outcome: 'refused', reason: 'account closed', reference } as const);
        entry.refunds.set(attempt, result);
        notify(entry, { about: 'refund', result });
      }
    },
    refundByHand(chargeId) {
      const entry = ledger.get(chargeId);
      if (entry?.payment.outcome !== 'succeeded' || entry.timesGivenBack > 0 || isUndecided(entry)) return false;
      const result = giveBack(entry);
      entry.refunds.set(0, result);
      notify(entry, { about: 'refund', result });
      return true;
    },
  };

  function begin(request: ChargeRequest): LedgerEntry {
    const pending: ChargeResult = { outcome: 'pending', reference: `pi_${request.chargeId}` };
    const entry: LedgerEntry = { request, payment: pending, refunds: new Map(), timesTaken: 0, timesGivenBack: 0 };
    ledger.set(request.chargeId, entry);
    const { charge } = treatmentOf(request.paymentMethod);
    if (charge === 'slow') return entry;
    const result = charge === 'succeeded' ? take(entry) : ({ outcome: 'declined', reason: 'card_declined' } as const);
    entry.payment = result;
    notify(entry, { about: 'charge', result });
    return entry;
  }

  function tryRefund(entry: LedgerEntry, attempt: number): RefundResult {
    const { refusedRefunds, slowRefund } = treatmentOf(entry.request.paymentMethod);
    const reference = `re_${entry.request.chargeId}_${attempt}`;
    const isRefused = entry.timesGivenBack === 0 && attempt <= refusedRefunds;
    if (!isRefused && entry.timesGivenBack === 0 && slowRefund) {
      const pending: RefundResult = { outcome: 'pending', reference };
      entry.refunds.set(attempt, pending);
      return pending;
    }
    const result = isRefused ? ({ outcome: 'refused', reason: 'no balance', reference } as const) : giveBack(entry);
    entry.refunds.set(attempt, result);
    notify(entry, { about: 'refund', result });
    return result;
  }
}

function isUndecided({ payment, refunds }: LedgerEntry): boolean {
  return payment.outcome === 'pending' || [...refunds.values()].some(({ outcome }) => outcome === 'pending');
}
