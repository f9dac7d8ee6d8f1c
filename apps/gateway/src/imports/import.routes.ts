import type { Outbox } from '@atlas/messaging/postgres';
import { problem } from '@atlas/platform';
import { type RateLimit, rateLimitFields } from '@atlas/shared-state';
import type { RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { Tx } from '../database.ts';
import type { CommandContext, Commands } from '../edge/command.ts';
import type { Answer } from '../edge/idempotency.ts';
import { userOf } from '../edge/identity.ts';
import { routerFor } from '../edge/router-for.ts';
import { type OrderId, type TenantId, tenantIdSchema } from '../ids.domain.ts';
import { publishCompleted } from '../orders/order.outbox.ts';
import { insertOrder, type OrderRecord } from '../orders/order.queries.ts';
import { recordView } from '../orders/order.view.ts';
import { contentDigestOf, importBody, type ImportedOrder } from './import-input.ts';
import { importOrder, repeatImport } from './import.domain.ts';
import { findImported, isCustomer } from './import.queries.ts';

export interface ImportRoutesDeps {
  commands: Commands;
  outbox: Outbox;
  limit: RateLimit;
  /** Reads the body: an imported order may be larger than what others may send. */
  json: RequestHandler;
  clock: () => Date;
  newId: () => string;
}

export const importParams = z.strictObject({ tenant_id: tenantIdSchema });

/** The import of completed orders by an operator. Behind `requireUser` with the role operator. */
export function importRoutes(deps: ImportRoutesDeps): Router {
  const input = { params: importParams, body: importBody(deps.clock) };
  const router = routerFor(['/operator']);
  router.post(
    '/operator/tenants/:tenant_id/orders',
    spend(deps.limit),
    deps.json,
    deps.commands.command('orders', input, (context) => importInto(deps, context)),
  );
  return router;
}

type ImportContext = CommandContext<z.output<typeof importParams>, ImportedOrder>;

async function importInto(deps: ImportRoutesDeps, { tx, user, params, body }: ImportContext): Promise<Answer> {
  const { tenant_id: tenantId } = params;
  if (!(await isCustomer(tx, tenantId))) throw problem(404, 'TENANT_NOT_FOUND', `There is no tenant ${tenantId}.`);
  const contentDigest = contentDigestOf(body);
  const { order, fact } = importOrder({
    orderId: deps.newId() as OrderId,
    tenantId,
    operatorId: user.userId,
    importedAt: deps.clock(),
    ...body,
  });
  const record = { order, eventId: deps.newId(), origin: { ...body, contentDigest } };
  // The unique reference decides, not a look beforehand: of many at once, one inserts and the others wait for it here.
  if (!(await insertOrder(tx, record))) return alreadyImported(tx, tenantId, record.origin);
  await publishCompleted(deps.outbox, tx, { order, fact, eventId: record.eventId });
  return { status: 201, body: importView('imported', record) };
}

async function alreadyImported(tx: Tx, tenantId: TenantId, again: ImportOrigin): Promise<Answer> {
  const { externalReference, contentDigest } = again;
  const existing = externalReference === null ? undefined : await findImported(tx, tenantId, externalReference);
  if (!existing?.origin || externalReference === null) throw new Error('an external reference conflicts with no order');
  const { order, origin } = existing;
  repeatImport({ externalReference, orderId: order.orderId, contentDigest: origin.contentDigest }, contentDigest);
  return { status: 200, body: importView('already_imported', existing) };
}

type ImportOrigin = NonNullable<OrderRecord['origin']>;

function importView(result: 'imported' | 'already_imported', record: OrderRecord) {
  return { result, tenant_id: record.order.tenantId, ...recordView(record) };
}

function spend(limit: RateLimit): RequestHandler {
  return async (req, res, next) => {
    const spent = await limit.spend(userOf(req).userId);
    // Beside the fields of the general limit: a list may be spread over several fields (RFC 9110, 5.3).
    for (const [name, value] of Object.entries(spent ? rateLimitFields(limit, spent) : {})) res.append(name, value);
    next();
  };
}
