import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { wholeNumber } from '../edge/openapi/whole-number.ts';
import { feedQuery } from '../feed/feed.api.ts';
import { billingReplies as replies, chargeStatus } from './billing.replies.ts';

const newCharge = z
  .strictObject({
    plan_id: z.string().min(1).max(64),
    payment_method: z
      .string()
      .regex(/^pm_[A-Za-z0-9_]{1,200}$/)
      .meta({ description: 'A token of the payment provider: no card number ever comes here.' }),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/)
      .optional()
      .meta({ description: 'EUR when left out.' }),
  })
  .meta({ example: { plan_id: 'team', payment_method: 'pm_card_visa', currency: 'EUR' } });

const chargesQuery = feedQuery.extend({
  status: z
    .enum(['unresolved', ...chargeStatus.options])
    .optional()
    .meta({ description: '`unresolved`: it succeeded, and has heard nothing since for too long.' }),
});
const openChargesQuery = feedQuery.extend({
  status: z.enum(['requested', 'succeeded', 'reversing', 'reversal_parked', 'unresolved']),
});
const digits = z.string().regex(/^\d{1,12}$/);
const historyQuery = z.strictObject({
  after: digits
    .optional()
    .meta({ description: 'The version of the last fact that was read.', ...wholeNumber(0, 999_999_999_999) }),
  limit: digits.optional().meta({ description: '100 when left out.', ...wholeNumber(1, 1_000) }),
});
const id = z.string().min(1).max(128);

const tag = 'Billing';
const member = { roles: ['owner', 'member'] } as const;
const owner = { roles: ['owner'] } as const;
const operator = { roles: ['operator'] } as const;
// Whatever goes through the proxy.
const away = { 503: ['SERVICE_UNAVAILABLE'] };
const ownersOnly = { 403: ['OWNER_REQUIRED'] };

/** The routes behind `/billing` and `/operator/billing`, which the billing service answers. */
export const billingOperations = [
  operation({
    id: 'listSoldPlans',
    method: 'get',
    path: '/billing/plans',
    tag,
    summary: 'List the plans that are sold, with their prices',
    access: member,
    query: z.strictObject({}),
    responses: { 200: { description: 'All of them, cheapest first.', body: replies.plans } },
    problems: away,
  }),
  operation({
    id: 'requestCharge',
    method: 'post',
    path: '/billing/charges',
    tag,
    summary: 'Pay for a plan',
    description:
      'Answered before any money moves: ask the status URL, or listen to `charge.succeeded`, `charge.failed` and ' +
      '`charge.reversed`. `Idempotency-Key` is required and good for ever: whatever is sent again under it charges once.',
    access: owner,
    body: newCharge,
    idempotencyKey: true,
    responses: {
      202: { description: 'It will be charged.', body: replies.accepted, headers: { Location: 'Its status.' } },
    },
    problems: {
      ...away,
      ...ownersOnly,
      400: ['IDEMPOTENCY_KEY_REQUIRED', 'UNKNOWN_PLAN', 'CURRENCY_NOT_OFFERED'],
      422: ['EMAIL_REQUIRED'],
    },
  }),
  operation({
    id: 'listCharges',
    method: 'get',
    path: '/billing/charges',
    tag,
    summary: 'List the charges of the workspace, newest first',
    access: member,
    query: chargesQuery,
    responses: { 200: { description: 'A page.', body: replies.charges } },
    problems: { ...away, 400: ['INVALID_CURSOR'] },
  }),
  operation({
    id: 'getCharge',
    method: 'get',
    path: '/billing/charges/:charge_id',
    tag,
    summary: 'Read what has become of a charge',
    access: member,
    params: z.strictObject({ charge_id: id }),
    responses: { 200: { description: 'The charge.', body: replies.charge } },
    problems: { ...away, 404: ['CHARGE_NOT_FOUND'] },
  }),
  operation({
    id: 'getBillingHistory',
    method: 'get',
    path: '/billing/history',
    tag,
    summary: 'Read every fact about the money of the workspace, in order',
    description: 'Complete: whoever replays it comes to the state of now.',
    access: owner,
    query: historyQuery,
    responses: { 200: { description: 'A page.', body: replies.history } },
    problems: { ...away, ...ownersOnly },
  }),
  operation({
    id: 'takeStripeWebhook',
    method: 'post',
    path: '/billing/webhooks/stripe',
    tag,
    summary: 'For the payment provider: a signed event',
    description:
      'No account: who may call is decided by the `stripe-signature` over the raw body, which may be 5 minutes old.',
    access: 'anybody',
    responses: { 200: { description: 'Taken.', body: replies.taken } },
    problems: {
      ...away,
      400: ['WEBHOOK_SIGNATURE_MISSING', 'WEBHOOK_SIGNATURE_INVALID', 'WEBHOOK_TOO_OLD', 'WEBHOOK_MALFORMED'],
      409: ['WEBHOOK_REPLAYED'],
    },
  }),
  operation({
    id: 'listOpenCharges',
    method: 'get',
    path: '/operator/billing/charges',
    tag: 'Operator',
    summary: 'List the charges of all accounts that are not final',
    description: '`reversal_parked` waits for an operator, `unresolved` has heard of no subscription for too long.',
    access: operator,
    query: openChargesQuery,
    responses: { 200: { description: 'A page, the oldest first.', body: replies.openCharges } },
    problems: { ...away, 400: ['INVALID_CURSOR'] },
  }),
  operation({
    id: 'retryReversal',
    method: 'post',
    path: '/operator/billing/accounts/:account_id/charges/:charge_id/retry-reversal',
    tag: 'Operator',
    summary: 'Try again to give the money of a parked charge back',
    access: operator,
    params: z.strictObject({ account_id: id, charge_id: id }),
    responses: { 202: { description: 'It is tried again.', body: replies.charge } },
    problems: { ...away, 404: ['CHARGE_NOT_FOUND'], 409: ['REVERSAL_NOT_PARKED'] },
  }),
];
