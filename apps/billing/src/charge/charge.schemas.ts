import { listQuery } from '@atlas/platform';
import { z } from 'zod';
import { usualCurrency } from '../plans/plans.domain.ts';
import { chargeStatuses } from './charge.domain.ts';
import { openStatuses } from './open-charge-item.ts';

/** `POST /billing/charges`. The price is ours to say: a body that names one is refused. */
export const newCharge = z.strictObject({
  plan_id: z.string().min(1).max(64),
  // A token of the provider's, so that no card number ever gets here.
  payment_method: z.string().regex(/^pm_[A-Za-z0-9_]{1,200}$/, 'must be a payment method token, such as pm_card_visa'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code in upper case, such as EUR')
    .default(usualCurrency),
});

/** The path of everything about one charge. */
export const chargePath = z.strictObject({ charge_id: z.string().min(1).max(128) });

/** The path of a charge as an operator names it. */
export const accountChargePath = chargePath.extend({ account_id: z.string().min(1).max(128) });

/** A POST that needs no body may have an empty object as its body. */
export const noBody = z.strictObject({}).optional();

/** `GET /billing/charges`. `unresolved` is no state of its own: it succeeded, and has heard nothing for too long. */
export const chargesQuery = listQuery.extend({
  status: z.enum(['unresolved', ...chargeStatuses]).optional(),
});

/** `GET /operator/billing/charges`: charges that are not final. */
export const openChargesQuery = listQuery.extend({ status: z.enum([...openStatuses, 'unresolved']) });
