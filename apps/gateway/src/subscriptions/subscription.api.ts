import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';

const instant = z.iso.datetime();
const currency = z.string().meta({ example: 'EUR' });
const id = z.string().min(1).max(128);

const subscription = z
  .object({
    subscription_id: z.string(),
    account_id: z.string(),
    status: z.enum(['active', 'cancelled', 'ended']),
    plan_id: z.string().meta({ example: 'team' }),
    price_cents: z.int(),
    currency,
    interval: z.enum(['month', 'year']),
    seats: z.object({
      taken: z.int().meta({ description: 'Users of the account.' }),
      limit: z.int().nullable().meta({ description: 'null for a plan that is not known any more.' }),
    }),
    period_start: instant,
    period_end: instant,
    charge_id: z.string().meta({ description: 'The charge that pays the current period.' }),
    started_at: instant,
    closed_at: instant.nullable(),
    suspended: z.boolean().meta({ description: 'Nothing is activated for the account while it is.' }),
    version: z.int(),
  })
  .meta({ id: 'Subscription' });

const plan = z
  .object({
    plan_id: z.string().meta({ example: 'team' }),
    seats: z.int(),
    interval: z.enum(['month', 'year']),
    prices: z.array(z.object({ currency, amount_cents: z.int() })),
  })
  .meta({ id: 'Plan' });

const suspension = z
  .object({
    account_id: z.string(),
    suspended: z.boolean(),
    reason: z.string().nullable(),
    since: instant.nullable(),
    by: z.string().nullable().meta({ description: 'The id of the operator.' }),
  })
  .meta({ id: 'Suspension' });

const suspensionBody = z
  .strictObject({ suspended: z.boolean(), reason: z.string().trim().min(1).max(500).optional() })
  .meta({ example: { suspended: true, reason: 'Invoices of three months are not paid.' } });

const tag = 'Subscription';
const member = { roles: ['owner', 'member'] } as const;
const owner = { roles: ['owner'] } as const;
const operator = { roles: ['operator'] } as const;
// Whatever goes through the proxy; a 503 also when too many change the account at once.
const away = { 503: ['SERVICE_UNAVAILABLE'] };
const ofChanges = { 403: ['OWNER_REQUIRED'], 404: ['NO_SUBSCRIPTION'], 503: ['SERVICE_UNAVAILABLE', 'ACCOUNT_BUSY'] };
const noQuery = z.strictObject({});
const suspensionPath = '/operator/subscriptions/accounts/:account_id/suspension';

/** The routes behind `/subscriptions` and `/operator/subscriptions`, which the subscription service answers. */
export const subscriptionOperations = [
  operation({
    id: 'listPlans',
    method: 'get',
    path: '/subscriptions/plans',
    tag,
    summary: 'List the plans that can be begun',
    access: member,
    query: noQuery,
    responses: { 200: { description: 'All of them.', body: z.object({ items: z.array(plan) }) } },
    problems: away,
  }),
  operation({
    id: 'getSubscription',
    method: 'get',
    path: '/subscriptions/current',
    tag,
    summary: 'Read the subscription of the workspace',
    access: member,
    query: noQuery,
    responses: { 200: { description: 'The subscription, active or closed.', body: subscription } },
    problems: { ...away, 404: ['NO_SUBSCRIPTION'] },
  }),
  operation({
    id: 'changePlan',
    method: 'post',
    path: '/subscriptions/current/change',
    tag,
    summary: 'Change to a plan that the current period pays for',
    description: 'A plan that costs more is bought with `POST /billing/charges`; it changes when that has succeeded.',
    access: owner,
    body: z.strictObject({ plan_id: id }).meta({ example: { plan_id: 'starter' } }),
    idempotencyKey: true,
    responses: { 200: { description: 'The subscription, changed.', body: subscription } },
    problems: {
      ...ofChanges,
      400: ['UNKNOWN_PLAN'],
      409: ['CHARGE_REQUIRED', 'PLAN_RETIRED', 'ACCOUNT_SUSPENDED', 'SEAT_LIMIT', 'CURRENCY_NOT_SOLD'],
    },
  }),
  operation({
    id: 'cancelSubscription',
    method: 'delete',
    path: '/subscriptions/current',
    tag,
    summary: 'Cancel the subscription, at once',
    description: 'No money is given back.',
    access: owner,
    idempotencyKey: true,
    responses: { 200: { description: 'The subscription, cancelled.', body: subscription } },
    problems: ofChanges,
  }),
  operation({
    id: 'getSuspension',
    method: 'get',
    path: suspensionPath,
    tag: 'Operator',
    summary: 'Read whether an account is suspended',
    access: operator,
    params: z.strictObject({ account_id: id }),
    responses: { 200: { description: 'Whether it is.', body: suspension } },
    problems: { ...away, 404: ['ACCOUNT_NOT_FOUND'] },
  }),
  operation({
    id: 'putSuspension',
    method: 'put',
    path: suspensionPath,
    tag: 'Operator',
    summary: 'Suspend an account, or reinstate it',
    description: 'While it is suspended nothing is activated for it, and what it is charged is given back.',
    access: operator,
    params: z.strictObject({ account_id: id }),
    body: suspensionBody,
    responses: { 200: { description: 'As it is now.', body: suspension } },
    problems: { 404: ['ACCOUNT_NOT_FOUND'], 503: ['SERVICE_UNAVAILABLE', 'ACCOUNT_BUSY'] },
  }),
];
