import { createHash } from 'node:crypto';
import {
  decodeCursor,
  encodeCursor,
  idempotencyKeyOf,
  identityOf,
  pageOr400,
  parse,
  type Probe,
  problem,
  requireRole,
} from '@atlas/platform';
import { type Request, Router } from 'express';
import { z } from 'zod';
import { findPlan, plans, priceOf } from '../plans/plans.domain.ts';
import { type Account, findCharge, isUnresolved } from './account.domain.ts';
import type { Accounts } from './accounts.ts';
import { chargeIdOf } from './charge-id.domain.ts';
import type { Charge, ChargeFacts } from './charge.domain.ts';
import { chargePath, chargesQuery, newCharge } from './charge.schemas.ts';
import { presentCharge } from './charge.view.ts';

export interface ChargeRoutesDeps {
  readonly accounts: Accounts;
  /** For how long a charge may wait for news before it is called unresolved. */
  readonly unresolvedAfterMs: number;
  readonly clock: () => Date;
  readonly probe: Probe;
}

/** `/billing/charges`: owners ask for a charge, members see what became of it. */
export function chargeRoutes(deps: ChargeRoutesDeps): Router {
  const { accounts, unresolvedAfterMs, clock, probe } = deps;
  const router = Router();
  const present = (charge: Charge) => presentCharge(charge, isUnresolved(charge, clock(), unresolvedAfterMs));

  router.post(
    '/billing/charges',
    requireRole('owner', 'Only an owner of the workspace may pay for a plan.'),
    async (req, res) => {
      const charge = requestedCharge(req, clock());
      const { chargeId, accountId } = charge;
      const { state, events, replayed } = await accounts.handle(
        accountId,
        { type: 'RequestCharge', charge },
        { commandId: chargeId },
      );
      await probe('charges.requested');
      assertSameRequest(findCharge(state, chargeId)!, charge);
      if (replayed || events.length === 0) res.set('idempotent-replayed', 'true');
      // The first answer again, whatever has become of the charge since: that is what the status is asked for.
      const statusUrl = `/billing/charges/${chargeId}`;
      res.status(202).location(statusUrl).json({ charge_id: chargeId, status: 'requested', status_url: statusUrl });
    },
  );

  router.get('/billing/charges', async (req, res) => {
    const { tenantId } = identityOf(req);
    const query = parse(chargesQuery, req.query, 'query');
    const wanted = (charge: Charge) => {
      if (query.status === undefined) return true;
      return query.status === 'unresolved' ? present(charge).unresolved : charge.status === query.status;
    };
    const { page, nextCursor } = await pageOr400(pageOf(accounts.load(tenantId), tenantId, query, wanted));
    res.json({ items: page.map(present), next_cursor: nextCursor });
  });

  router.get('/billing/charges/:charge_id', async (req, res) => {
    const { charge_id: chargeId } = parse(chargePath, req.params, 'params');
    const charge = findCharge(await accounts.load(identityOf(req).tenantId), chargeId);
    if (!charge) throw problem(404, 'CHARGE_NOT_FOUND', `There is no charge "${chargeId}".`);
    res.json(present(charge));
  });

  return router;
}

/** The charge that a request asks for. Throws a 4xx problem for anything that cannot be charged. */
function requestedCharge(req: Request, now: Date): ChargeFacts {
  const { tenantId, userId, email } = identityOf(req);
  const { plan_id: planId, currency, payment_method: paymentMethod } = parse(newCharge, req.body, 'body');
  const amountCents = priceFor(planId, currency);
  const key = idempotencyKeyOf(req);
  if (key === undefined) {
    const detail = 'Send an Idempotency-Key, for example a UUID: with it, trying again never charges twice.';
    throw problem(400, 'IDEMPOTENCY_KEY_REQUIRED', detail);
  }
  if (!z.email().max(320).safeParse(email).success) {
    throw problem(422, 'EMAIL_REQUIRED', 'Your account has no e-mail address that a confirmation can be sent to.');
  }
  const money = { planId, amountCents, currency, paymentMethod };
  const who = { accountId: tenantId, userId, userEmail: email!, requestedAt: now.toISOString() };
  return { chargeId: chargeIdOf(sha256, tenantId, key), ...who, ...money };
}

function priceFor(planId: string, currency: string): number {
  const plan = findPlan(planId);
  if (!plan) {
    const message = `must be one of ${plans.map((sold) => sold.planId).join(', ')}`;
    throw problem(400, 'UNKNOWN_PLAN', `There is no plan "${planId}".`, { errors: [{ path: 'plan_id', message }] });
  }
  const price = priceOf(plan, currency);
  if (price !== undefined) return price;
  const message = `must be one of ${Object.keys(plan.prices).join(', ')}`;
  const detail = `The plan "${planId}" has no price in ${currency}.`;
  throw problem(400, 'CURRENCY_NOT_OFFERED', detail, { errors: [{ path: 'currency', message }] });
}

/** The same key for something else must not be answered as if that had been asked for. */
function assertSameRequest(found: Charge, asked: ChargeFacts): void {
  const same = (['planId', 'currency', 'paymentMethod'] as const).every((name) => found[name] === asked[name]);
  if (same) return;
  const detail = 'This Idempotency-Key was used for a different charge. Use a new key for a new charge.';
  throw problem(422, 'IDEMPOTENCY_KEY_REUSED', detail);
}

/** Newest first. The account is loaded as a whole anyway, so the page is cut here. */
async function pageOf(
  loading: Promise<Account>,
  tenantId: string,
  { limit, cursor, status }: z.output<typeof chargesQuery>,
  wanted: (charge: Charge) => boolean,
): Promise<{ page: readonly Charge[]; nextCursor: string | null }> {
  const scope = `charges/${tenantId}/${status ?? 'all'}`;
  const before = cursor === undefined ? undefined : decodeCursor(scope, cursor);
  const all = Object.values((await loading).charges).filter(wanted);
  const sorted = all.toSorted((a, b) => (positionOf(a) < positionOf(b) ? 1 : -1));
  const rest = sorted.filter((charge) => before === undefined || positionOf(charge) < before);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { page, nextCursor: rest.length > limit && last ? encodeCursor(scope, positionOf(last)) : null };
}

const positionOf = ({ requestedAt, chargeId }: Charge): string => `${requestedAt}#${chargeId}`;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
