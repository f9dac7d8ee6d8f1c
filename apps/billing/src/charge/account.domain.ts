import { z } from 'zod';
import type { AccountEvent } from './account-events.domain.ts';
import {
  beginCharge,
  type Charge,
  type ChargeFacts,
  chargeSchema,
  evolveCharge,
  publicFactsOf,
  type TakenCharge,
} from './charge.domain.ts';
import { RejectedError } from './rejected.domain.ts';

/** All charges of an account, by their ids. */
export const accountSchema = z.object({ charges: z.record(z.string(), chargeSchema) });

export type Account = z.output<typeof accountSchema>;

/** Raise it with every change of `evolve` or of a state: snapshots of another fold are ignored. */
export const accountFoldVersion = 3;

export type AccountCommand =
  /** Somebody wants to pay. A charge id that is there already is the same wish again. */
  | { readonly type: 'RequestCharge'; readonly charge: ChargeFacts }
  /** The provider has taken the money; `now` is when we heard of it. */
  | ({ readonly type: 'RecordSuccess'; readonly reference: string } & About & Record<'chargedAt' | 'now', string>)
  | ({ readonly type: 'RecordDecline'; readonly reason: string } & About)
  /** subscription.activated */
  | ({ readonly type: 'ConfirmCharge'; readonly subscriptionId: string } & About)
  /** subscription.activation_failed */
  | ({ readonly type: 'RequestReversal'; readonly reason: string } & About)
  | ({ readonly type: 'RecordRefund'; readonly reference: string; readonly refundedAt: string } & About)
  /**
   * `attempt` is the one that was refused, and left out when the provider says so by itself; `reference` is the refund, where
   * the provider has made one. After `maxAttempts` the reversal is parked, and so is one that was taken for done.
   */
  | ({ readonly type: 'RecordRefusal'; readonly attempt?: number; readonly reference?: string | undefined } & About & {
        readonly refusal: string;
        readonly maxAttempts: number;
        /** Somebody made the refund at the provider: it is no attempt, and says something only when it was taken for done. */
        readonly byHand?: boolean | undefined;
      })
  /** An operator lets a parked reversal try again. */
  | ({ readonly type: 'RetryReversal' } & About);

interface About {
  readonly chargeId: string;
}

/** Reasons of reversals that nobody outside asked for. */
export const chargedAfterFailure = 'charged_after_failure';
export const refundedAtProvider = 'refunded_at_provider';

const longestReason = 1000;

/**
 * Which facts follow from a command. Every command may come twice, late, and in any order: what has been recorded before, or
 * is overtaken, decides nothing. Throws RejectedError for a charge that the account does not have, and for what contradicts
 * a fact, which somebody has to look at.
 */
export function decide(command: AccountCommand, { charges }: Account): readonly AccountEvent[] {
  if (command.type === 'RequestCharge') return requestCharge(command.charge, charges);
  const charge = chargeOf(charges, command.chargeId);
  switch (command.type) {
    case 'RecordSuccess':
      return recordSuccess(charge, command);
    case 'RecordDecline':
      return charge.status === 'requested' ? [chargeFailed(charge, command.reason)] : [];
    case 'ConfirmCharge':
      return confirmCharge(charge, command.subscriptionId);
    case 'RequestReversal':
      return requestReversal(charge, wordsOf(command.reason));
    case 'RecordRefund':
      return recordRefund(charge, command);
    case 'RecordRefusal':
      return recordRefusal(charge, command);
    case 'RetryReversal':
      return retryReversal(charge);
  }
}

/** The account after one more fact. */
export function evolve(account: Account, event: AccountEvent): Account {
  const id = event.payload.charge_id;
  const before = findCharge(account, id);
  const after = before
    ? evolveCharge(before, event)
    : event.type === 'charge.requested'
      ? beginCharge(event)
      : undefined;
  return after === undefined || after === before ? account : { charges: { ...account.charges, [id]: after } };
}

/** Decides about one account; see `decide` and `evolve`. */
export const accountDecider = { initialState: (): Account => ({ charges: {} }), decide, evolve };

/** A charge of this account, or undefined. */
export function findCharge({ charges }: Account, chargeId: string): Charge | undefined {
  return Object.hasOwn(charges, chargeId) ? charges[chargeId] : undefined;
}

/** A charge that has been taken, and of which nobody has said for so long what became of it that it is reported. */
export function isUnresolved(charge: Charge, now: Date, afterMs: number): boolean {
  return charge.status === 'succeeded' && Date.parse(charge.since) + afterMs <= now.getTime();
}

/** The refusal of a command about a charge that the account does not have. */
export function chargeNotFound(chargeId: string): RejectedError {
  return new RejectedError('CHARGE_NOT_FOUND', `This account has no charge "${chargeId}".`, { charge_id: chargeId });
}

function chargeOf(charges: Account['charges'], chargeId: string): Charge {
  const charge = findCharge({ charges }, chargeId);
  if (charge) return charge;
  throw chargeNotFound(chargeId);
}

function requestCharge(charge: ChargeFacts, charges: Account['charges']): AccountEvent[] {
  if (Object.hasOwn(charges, charge.chargeId)) return [];
  const payload = { ...publicFactsOf(charge), payment_method: charge.paymentMethod };
  return [{ type: 'charge.requested', payload }];
}

function recordSuccess(
  charge: Charge,
  { reference, chargedAt, now }: Extract<AccountCommand, { type: 'RecordSuccess' }>,
): AccountEvent[] {
  // Everybody was told that no money has moved. Now it has, so it goes back.
  if (charge.status === 'failed') return [reversalRequested(charge, reference, chargedAfterFailure)];
  if ('reference' in charge && charge.reference !== reference) {
    throw contradiction(charge, `payment ${reference} has taken its money as well`);
  }
  if (charge.status !== 'requested') return [];
  const payload = { ...publicFactsOf(charge), charged_at: chargedAt, provider_reference: reference, noted_at: now };
  const succeeded: AccountEvent = { type: 'charge.succeeded', payload };
  const { deferredReversal } = charge;
  return deferredReversal === undefined
    ? [succeeded]
    : [succeeded, reversalRequested(charge, reference, deferredReversal)];
}

function confirmCharge(charge: Charge, subscriptionId: string): AccountEvent[] {
  if (charge.status === 'succeeded') {
    return [{ type: 'charge.confirmed', payload: { charge_id: charge.chargeId, subscription_id: subscriptionId } }];
  }
  if (charge.status === 'confirmed' && charge.subscriptionId === subscriptionId) return [];
  // Given back at the provider after it had been confirmed: this is the confirmation, late.
  if ('refusedRefunds' in charge && charge.reason === refundedAtProvider) return [];
  throw contradiction(charge, `subscription ${subscriptionId} was activated`);
}

function requestReversal(charge: Charge, reason: string): AccountEvent[] {
  if (charge.status === 'succeeded') return [reversalRequested(charge, charge.reference, reason)];
  if (charge.status === 'confirmed') throw contradiction(charge, `its activation has failed (${reason})`);
  if (charge.status !== 'requested' || charge.deferredReversal !== undefined) return [];
  return [{ type: 'reversal.deferred', payload: { charge_id: charge.chargeId, reason } }];
}

function recordRefund(
  charge: Charge,
  { reference, refundedAt }: Extract<AccountCommand, { type: 'RecordRefund' }>,
): AccountEvent[] {
  if (charge.status === 'reversed') return [];
  // Notices come in any order: a refund that has failed does not succeed any more.
  if ('refusedRefunds' in charge && charge.refusedRefunds.includes(reference)) return [];
  if (charge.status === 'requested' || charge.status === 'failed') throw contradiction(charge, 'it was given back');
  const reason = 'reason' in charge ? charge.reason : refundedAtProvider;
  const payload = { ...publicFactsOf(charge), reason, reversed_at: refundedAt, refund_reference: reference };
  return [{ type: 'charge.reversed', payload }];
}

function recordRefusal(
  charge: Charge,
  { refusal, maxAttempts, ...command }: Extract<AccountCommand, { type: 'RecordRefusal' }>,
): AccountEvent[] {
  const { reference } = command;
  if (charge.status === 'reversed' && reference === undefined && command.attempt === undefined) {
    throw contradiction(charge, `a refund has failed (${wordsOf(refusal)})`);
  }
  // The refusal of an earlier attempt may come late; that of the refund which we took for done is another matter.
  const isUndone = charge.status === 'reversed' && reference === charge.refundReference;
  if (!isUndone && (charge.status !== 'reversing' || command.byHand)) return [];
  const next = charge.refusals + 1;
  const attempt = isUndone ? next : (command.attempt ?? next);
  // Two replicas may have asked and got the same answer, and the provider tells of it by itself as well.
  if (attempt !== next) return [];
  if (reference !== undefined && charge.refusedRefunds.includes(reference)) return [];
  const about = { ...publicFactsOf(charge), reason: charge.reason, refusal: wordsOf(refusal) };
  const named = reference === undefined ? {} : { refund_reference: reference };
  const refused: AccountEvent = { type: 'reversal.refused', payload: { ...about, attempt, ...named } };
  // Everybody was told that the money is back: what is done about it, somebody decides.
  if (charge.status === 'reversing' && charge.refusalsInRound + 1 < maxAttempts) return [refused];
  return [refused, { type: 'reversal.parked', payload: { ...about, attempts: attempt } }];
}

function retryReversal(charge: Charge): AccountEvent[] {
  if (charge.status === 'reversal_parked') return [reversalRequested(charge, charge.reference, charge.reason)];
  if (charge.status === 'reversing' || charge.status === 'reversed') return [];
  const message = `Charge "${charge.chargeId}" is ${charge.status}: only a reversal that was parked can be tried again.`;
  throw new RejectedError('REVERSAL_NOT_PARKED', message, { charge_status: charge.status });
}

function chargeFailed(charge: ChargeFacts, reason: string): AccountEvent {
  return { type: 'charge.failed', payload: { ...publicFactsOf(charge), reason: wordsOf(reason) } };
}

function reversalRequested(charge: ChargeFacts, reference: TakenCharge['reference'], reason: string): AccountEvent {
  const payload = { ...publicFactsOf(charge), reason, provider_reference: reference };
  return { type: 'reversal.requested', payload };
}

function contradiction(charge: Charge, heard: string): RejectedError {
  const message = `Charge "${charge.chargeId}" is ${charge.status}, and now it is said that ${heard}. Somebody has to look.`;
  return new RejectedError('CHARGE_CONTRADICTED', message, {
    charge_id: charge.chargeId,
    charge_status: charge.status,
  });
}

/** As a contract takes it: some text, and not too much. */
function wordsOf(reason: string): string {
  return reason.trim().slice(0, longestReason) || 'no reason given';
}
