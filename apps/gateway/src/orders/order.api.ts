import { z } from 'zod';
import { operation } from '../edge/openapi/operation.ts';
import { listQuery } from '../edge/page.ts';
import { placeOrderBody } from './order-input.ts';
import { orderParams } from './order.routes.ts';

const amount = z
  .string()
  .meta({ description: 'A decimal amount with all decimals of the currency.', example: '12.50' });
const cents = z.int().meta({ description: 'The same in minor units.', example: 1250 });

/** An order as a list shows it. */
export const orderSummaryReply = z
  .object({
    order_id: z.uuid(),
    status: z.enum(['draft', 'completed']),
    currency: z.string().meta({ description: 'ISO 4217.', example: 'EUR' }),
    total: amount,
    total_cents: cents,
    created_at: z.iso.datetime(),
    completed_at: z.iso.datetime().nullable(),
    event_id: z.uuid().nullable().meta({ description: 'The id of its `order.completed` event.' }),
    external_reference: z.string().nullable().meta({ description: 'What an imported order was called elsewhere.' }),
    customer: z.string().nullable().meta({ description: 'The buyer of an imported order.' }),
  })
  .meta({ id: 'OrderSummary' });

const orderReply = orderSummaryReply
  .extend({
    lines: z.array(z.object({ sku: z.string(), qty: z.int(), unit_price: amount, unit_price_cents: cents })),
  })
  .meta({ id: 'Order' });

const tag = 'Orders';
const roles = ['owner', 'member'] as const;

/** The routes of `order.routes.ts`. */
export const orderOperations = [
  operation({
    id: 'placeOrder',
    method: 'post',
    path: '/orders',
    tag,
    summary: 'Place an order',
    description: 'It is a draft until it is completed.',
    access: { roles, scope: 'orders:write' },
    body: placeOrderBody.meta({ example: { currency: 'EUR', lines: [{ sku: 'tea', qty: 2, unit_price: '4.95' }] } }),
    idempotencyKey: true,
    responses: { 201: { description: 'The draft.', body: orderReply } },
    problems: { 409: ['CURRENCY_NOT_ALLOWED', 'TOO_MANY_LINES'], 413: ['EVENT_TOO_LARGE'] },
  }),
  operation({
    id: 'listOrders',
    method: 'get',
    path: '/orders',
    tag,
    summary: 'List the orders, newest first',
    access: { roles, scope: 'orders:read' },
    query: listQuery,
    responses: {
      200: {
        description: 'A page.',
        body: z.object({
          items: z.array(orderSummaryReply),
          next_cursor: z.string().nullable(),
          total_count: z.int().optional().meta({ description: 'How many there are; for some tenants, for now.' }),
        }),
      },
    },
    problems: { 400: ['INVALID_CURSOR'] },
  }),
  operation({
    id: 'getOrder',
    method: 'get',
    path: '/orders/:order_id',
    tag,
    summary: 'Read an order',
    access: { roles, scope: 'orders:read' },
    params: orderParams,
    responses: { 200: { description: 'The order.', body: orderReply } },
    problems: { 404: ['ORDER_NOT_FOUND'] },
  }),
  operation({
    id: 'completeOrder',
    method: 'post',
    path: '/orders/:order_id/complete',
    tag,
    summary: 'Complete an order',
    description: 'Publishes `order.completed`: the confirmation, the webhooks and the feed entry follow.',
    access: { roles, scope: 'orders:write' },
    params: orderParams,
    idempotencyKey: true,
    responses: { 200: { description: 'The order, completed.', body: orderReply } },
    problems: { 404: ['ORDER_NOT_FOUND'], 409: ['ORDER_ALREADY_COMPLETED'], 413: ['EVENT_TOO_LARGE'] },
  }),
];
