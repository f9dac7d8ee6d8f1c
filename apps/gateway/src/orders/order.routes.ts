import type { Outbox } from '@atlas/messaging/postgres';
import { parse, problem } from '@atlas/platform';
import type { Client as FlagClient } from '@openfeature/server-sdk';
import type { Router } from 'express';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { Db, Tx } from '../database.ts';
import type { Commands } from '../edge/command.ts';
import { type CurrentUser, userOf } from '../edge/identity.ts';
import { askedPage, pageAnswer } from '../edge/page.ts';
import { routerFor } from '../edge/router-for.ts';
import type { FlagKey } from '../flags/flag-definitions.ts';
import { type OrderId, orderIdSchema, type TenantId } from '../ids.domain.ts';
import { complete, evolve, place } from './order.domain.ts';
import { placeOrderBody } from './order-input.ts';
import { assertPublishable, publishCompleted } from './order.outbox.ts';
import {
  countOrders,
  createListOrders,
  findOrder,
  insertOrder,
  type OrderRecord,
  updateCompleted,
} from './order.queries.ts';
import { orderView, summaryView } from './order.view.ts';
import type { TenantSettings } from '../tenant-settings/tenant-settings.ts';

export interface OrderRoutesDeps {
  db: Db;
  pool: Pool;
  commands: Commands;
  outbox: Outbox;
  flags: FlagClient;
  tenantSettings: TenantSettings;
  clock: () => Date;
  newId: () => string;
}

export const orderParams = z.strictObject({ order_id: orderIdSchema });

/** The orders of the signed-in user's tenant. Behind `requireUser` for members of a customer's tenant. */
export function orderRoutes(deps: OrderRoutesDeps): Router {
  const { db, commands, clock, newId, flags, tenantSettings } = deps;
  const listOrders = createListOrders(deps);
  const router = routerFor(['/orders']);

  router.post(
    '/orders',
    commands.command('orders', { body: placeOrderBody }, async ({ tx, user, body: content }) => {
      const orderId = newId() as OrderId;
      const { tenantId, userId: placedBy } = user;
      const { currencies, max_lines: maxLines } = (await tenantSettings.get(tenantId)).value.orders;
      const rules = { currencies, maxLines };
      const order = evolve(undefined, place({ orderId, tenantId, placedBy, placedAt: clock(), content, rules }));
      assertPublishable(order);
      const record: OrderRecord = { order, eventId: null, origin: null };
      await insertOrder(tx, record);
      return { status: 201, body: orderView(record) };
    }),
  );

  router.get('/orders', async (req, res) => {
    const { tenantId } = userOf(req);
    const page = askedPage(req, tenantId, orderIdSchema);
    // The page is asked for first: the flag is looked up while PostgreSQL is busy with it.
    const [found, total] = await Promise.all([listOrders(tenantId, page), countedOrders(tenantId)]);
    const answer = pageAnswer(tenantId, page, found, { idOf: ({ orderId }) => orderId, view: summaryView });
    res.json({ ...answer, ...(total !== undefined && { total_count: total }) });
  });

  async function countedOrders(tenantId: TenantId): Promise<number | undefined> {
    const counts = await flags.getBooleanValue('order-count' satisfies FlagKey, false, { targetingKey: tenantId });
    return counts ? countOrders(db, tenantId) : undefined;
  }

  router.get('/orders/:order_id', async (req, res) => {
    const { order_id: orderId } = parse(orderParams, req.params, 'params');
    res.json(orderView(await existing(db, userOf(req), orderId)));
  });

  router.post(
    '/orders/:order_id/complete',
    commands.command('orders', { params: orderParams }, async ({ tx, user, params }) => {
      const record = await completeOrder(deps, tx, user, params.order_id);
      return { status: 200, body: orderView(record) };
    }),
  );

  return router;
}

/**
 * The fact and its event, in one transaction. The fact is a conditional update: of two at once, the slower one finds no
 * draft any more, decides again on what the faster one wrote, and is rejected by the domain.
 */
async function completeOrder(deps: OrderRoutesDeps, tx: Tx, user: CurrentUser, id: OrderId): Promise<OrderRecord> {
  const { order: draft, origin } = await existing(tx, user, id);
  const fact = complete(draft, { completedAt: deps.clock(), buyer: user });
  const order = evolve(draft, fact);
  const eventId = deps.newId();
  if (!(await updateCompleted(tx, order, eventId))) return completeOrder(deps, tx, user, id);
  await publishCompleted(deps.outbox, tx, { order, fact, eventId });
  return { order, eventId, origin };
}

async function existing(db: Db | Tx, { tenantId }: CurrentUser, orderId: OrderId): Promise<OrderRecord> {
  const record = await findOrder(db, tenantId, orderId);
  if (!record) throw problem(404, 'ORDER_NOT_FOUND', `There is no order ${orderId}.`);
  return record;
}
