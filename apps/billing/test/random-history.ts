import fc from 'fast-check';
import type { AccountCommand } from '../src/charge/account.domain.ts';
import { aCharge } from './charges.ts';

const chargeIds = ['ch_000000000000000000000001', 'ch_000000000000000000000002', 'ch_000000000000000000000003'];

/** Anything that somebody may say about one of three charges, in any order. */
export const commands: fc.Arbitrary<AccountCommand[]> = fc.array(
  fc.constantFrom(...chargeIds).chain((chargeId): fc.Arbitrary<AccountCommand> =>
    fc.oneof(
      fc.constant<AccountCommand>({ type: 'RequestCharge', charge: { ...aCharge, chargeId } }),
      fc.constant<AccountCommand>({
        ...{ type: 'RecordSuccess', chargeId, reference: 'pi_1' },
        ...{ chargedAt: '2026-11-22T08:37:01.480Z', now: '2026-11-22T08:37:01.500Z' },
      }),
      fc.constant<AccountCommand>({ type: 'RecordDecline', chargeId, reason: 'card_declined' }),
      fc.constant<AccountCommand>({ type: 'ConfirmCharge', chargeId, subscriptionId: 'sub_1' }),
      fc.constant<AccountCommand>({ type: 'RequestReversal', chargeId, reason: 'plan_retired' }),
      fc.constantFrom('re_1', 're_2').map((reference): AccountCommand => ({
        ...{ type: 'RecordRefund', chargeId, reference },
        refundedAt: '2026-11-22T08:37:02.900Z',
      })),
      fc.constantFrom('re_1', 're_2').map((reference): AccountCommand => ({
        ...{ type: 'RecordRefusal', chargeId, reference, refusal: 'lost_or_stolen_card', maxAttempts: 2 },
      })),
      fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }).map((attempt): AccountCommand => {
        const refusal = { type: 'RecordRefusal', chargeId, refusal: 'charge_disputed', maxAttempts: 2 } as const;
        return attempt === undefined ? refusal : { ...refusal, attempt };
      }),
      fc.constant<AccountCommand>({ type: 'RetryReversal', chargeId }),
    ),
  ),
  { minLength: 5, maxLength: 40 },
);
