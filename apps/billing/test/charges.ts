import type { AccountEvent } from '../src/charge/account-events.domain.ts';
import type { ChargeFacts } from '../src/charge/charge.domain.ts';
import { publicFactsOf } from '../src/charge/charge.domain.ts';

/** A charge of the example account, as it was asked for. */
export const aCharge: ChargeFacts = {
  chargeId: 'ch_0123456789abcdef01234567',
  accountId: 'tenant-1',
  planId: 'team',
  amountCents: 4_900,
  currency: 'EUR',
  userId: 'user-1',
  userEmail: 'ada@example.com',
  requestedAt: '2026-11-22T08:37:00.123Z',
  paymentMethod: 'pm_card_visa',
};

const { chargeId: charge_id } = aCharge;
const said = publicFactsOf(aCharge);

/** The facts that `aCharge` can meet. */
export const facts = {
  requested: (): AccountEvent => ({ type: 'charge.requested', payload: { ...said, payment_method: 'pm_card_visa' } }),
  succeeded: (): AccountEvent => ({
    type: 'charge.succeeded',
    payload: {
      ...{ ...said, charged_at: '2026-11-22T08:37:01.480Z', provider_reference: 'pi_1' },
      noted_at: '2026-11-22T08:37:01.500Z',
    },
  }),
  failed: (reason = 'card_declined'): AccountEvent => ({ type: 'charge.failed', payload: { ...said, reason } }),
  confirmed: (): AccountEvent => ({ type: 'charge.confirmed', payload: { charge_id, subscription_id: 'sub_1' } }),
  deferred: (reason = 'plan_retired'): AccountEvent => ({ type: 'reversal.deferred', payload: { charge_id, reason } }),
  reversalRequested: (reason = 'plan_retired'): AccountEvent => ({
    type: 'reversal.requested',
    payload: { ...said, reason, provider_reference: 'pi_1' },
  }),
  refused: (attempt: number, refusal = 'charge_disputed'): AccountEvent => ({
    type: 'reversal.refused',
    payload: { ...said, reason: 'plan_retired', attempt, refusal },
  }),
  parked: (attempts: number, refusal = 'charge_disputed'): AccountEvent => ({
    type: 'reversal.parked',
    payload: { ...said, reason: 'plan_retired', attempts, refusal },
  }),
  reversed: (reason = 'plan_retired'): AccountEvent => ({
    type: 'charge.reversed',
    payload: { ...said, reason, reversed_at: '2026-11-22T08:37:02.900Z', refund_reference: 're_1' },
  }),
};
