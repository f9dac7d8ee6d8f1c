import type { PayloadOf } from '@atlas/event-contracts';
import { type Change, defineProjection } from '@atlas/projections/declaration';
import { dayOf } from '../period/day.domain.ts';

/** Why billing gives back money that was taken after it had said `charge.failed`: that charge is never told as succeeded. */
const chargedAfterFailure = 'charged_after_failure';

/** The money of plans: what was charged, by the date of the charge, and what was given back, by the date of the reversal. */
export const chargesDaily = defineProjection({
  name: 'charges-daily',
  table: 'charges-daily',
  version: 1,
  // One major of charge.succeeded: the other one tells of the same fact under the same id.
  events: ['charge.succeeded.v1', 'charge.reversed.v1'],
  dimensions: ['date', 'currency'],
  shards: 4,
  everyone: true,
  project({ payload }) {
    return 'reversed_at' in payload ? reversed(payload) : succeeded(payload);
  },
});

function succeeded({ charged_at, currency, amount_cents }: PayloadOf<'charge.succeeded.v1'>): readonly Change[] {
  return [{ row: [dayOf(charged_at), currency], add: { charged_cents: amount_cents, charges: 1 } }];
}

function reversed(payload: PayloadOf<'charge.reversed.v1'>): readonly Change[] {
  const { reversed_at, currency, amount_cents, reason } = payload;
  const back = { reversed_cents: amount_cents, reversals: 1 };
  // Without this the money would have gone back and never come.
  const taken = { charged_cents: amount_cents, charges: 1 };
  const add = reason === chargedAfterFailure ? { ...taken, ...back } : back;
  return [{ row: [dayOf(reversed_at), currency], add }];
}
