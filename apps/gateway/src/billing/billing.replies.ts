import { z } from 'zod';

const instant = z.iso.datetime();
const cents = z.int().meta({ description: 'In minor units of the currency.', example: 4900 });
const currency = z.string().meta({ example: 'EUR' });

/** The states that a charge can be in, in the order in which it may meet them. */
export const chargeStatus = z.enum([
  'requested',
  'succeeded',
  'failed',
  'confirmed',
  'reversing',
  'reversed',
  'reversal_parked',
]);

const chargeReply = z
  .object({
    charge_id: z.string(),
    status: chargeStatus,
    unresolved: z
      .boolean()
      .meta({ description: 'The money was taken, and nobody has said for too long what became of the subscription.' }),
    plan_id: z.string(),
    amount_cents: cents,
    currency,
    requested_by: z.string().meta({ description: 'The id of the user.' }),
    requested_at: instant,
    charged_at: instant.nullable(),
    subscription_id: z.string().nullable().meta({ description: 'What it pays for, once that is active.' }),
    reversed_at: instant.nullable(),
    reason: z.string().nullable().meta({ description: 'Why it failed, or is given back.' }),
    refusals: z.int().meta({ description: 'How often the provider has refused to give the money back.' }),
    last_refusal: z.string().nullable(),
  })
  .meta({ id: 'Charge' });

const openChargeReply = z
  .object({
    account_id: z.string(),
    charge_id: z.string(),
    status: chargeStatus,
    since: instant.meta({ description: 'When it came into this state.' }),
    plan_id: z.string(),
    amount_cents: cents,
    currency,
    requested_by: z.string(),
    requested_at: instant,
    reason: z.string().nullable(),
    refusals: z.int(),
    last_refusal: z.string().nullable(),
    correlation_id: z.string().meta({ description: 'Finds everything about it in the logs.' }),
  })
  .meta({ id: 'OpenCharge' });

const planReply = z
  .object({
    plan_id: z.string().meta({ example: 'team' }),
    name: z.string(),
    interval: z.enum(['month', 'year']),
    prices: z.array(z.object({ currency, amount_cents: cents })),
  })
  .meta({ id: 'SoldPlan' });

const factReply = z
  .object({
    version: z.int().meta({ description: 'Its place in the history, from 1 without a gap.' }),
    event_id: z.string(),
    type: z.string().meta({ example: 'charge.succeeded' }),
    timestamp: instant,
    actor: z.string().meta({ description: 'Who has caused it: a user, or the service that told of it.' }),
    correlation_id: z.string(),
    causation_id: z.string(),
    payload: z.record(z.string(), z.json()),
  })
  .meta({ id: 'BillingFact' });

const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), next_cursor: z.string().nullable() });

/** What the billing service answers. */
export const billingReplies = {
  plans: z.object({ items: z.array(planReply) }),
  accepted: z.object({
    charge_id: z.string(),
    status: z.literal('requested'),
    status_url: z.string().meta({ description: 'Where to ask what has become of it.' }),
  }),
  charge: chargeReply,
  charges: pageOf(chargeReply),
  openCharges: pageOf(openChargeReply),
  history: z.object({
    items: z.array(factReply),
    next_after: z.int().nullable().meta({ description: 'The `after` of the next page; null at the end.' }),
  }),
  taken: z.object({ received: z.literal(true), outcome: z.string() }),
};
