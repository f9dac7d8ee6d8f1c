import {
  decodeCursor,
  encodeCursor,
  InvalidCursorError,
  pageOr400,
  parse,
  problem,
  requireRole,
} from '@atlas/platform';
import { Router } from 'express';
import type { z } from 'zod';
import { findCharge } from './account.domain.ts';
import type { Accounts } from './accounts.ts';
import { accountChargePath, noBody, openChargesQuery } from './charge.schemas.ts';
import type { ChargeSweep } from './charge-sweep.ts';
import { presentCharge, presentOpenCharge } from './charge.view.ts';
import type { OpenCharges } from './open-charges.ts';
import { RejectedError } from './rejected.domain.ts';

export interface OperatorRoutesDeps {
  readonly accounts: Accounts;
  readonly openCharges: OpenCharges;
  readonly sweep: Pick<ChargeSweep, 'soon'>;
  readonly unresolvedAfterMs: number;
  readonly clock: () => Date;
}

/** `/operator/billing`: the charges of all accounts that do not go on by themselves, and what can be done about them. */
export function operatorRoutes(deps: OperatorRoutesDeps): Router {
  const { accounts, openCharges, sweep, unresolvedAfterMs, clock } = deps;
  const router = Router();
  router.use('/operator', requireRole('operator', 'This is for operators of Atlas.'));

  router.get('/operator/billing/charges', async (req, res) => {
    const query = parse(openChargesQuery, req.query, 'query');
    const longAgo = new Date(clock().getTime() - unresolvedAfterMs).toISOString();
    const { rows, nextCursor } = await pageOr400(pageOf(openCharges, query, longAgo));
    res.json({ items: rows.map(presentOpenCharge), next_cursor: nextCursor });
  });

  router.post('/operator/billing/accounts/:account_id/charges/:charge_id/retry-reversal', async (req, res) => {
    const { account_id: accountId, charge_id: chargeId } = parse(accountChargePath, req.params, 'params');
    parse(noBody, req.body ?? {}, 'body');
    const { state } = await accounts.handle(accountId, { type: 'RetryReversal', chargeId }).catch(asProblem);
    const charge = findCharge(state, chargeId)!;
    // The row of the charge is due by now, so that nothing depends on this replica.
    if (charge.status === 'reversing') sweep.soon({ accountId, chargeId });
    res.status(202).json(presentCharge(charge, false));
  });

  return router;
}

/** `<since>#<charge id>` */
const position = /^[0-9TZ:.-]{20,30}#[\w-]{1,128}$/;

async function pageOf(
  openCharges: OpenCharges,
  { status, limit, cursor }: z.output<typeof openChargesQuery>,
  longAgo: string,
) {
  const scope = `open-charges/${status}`;
  const after = cursor === undefined ? undefined : decodeCursor(scope, cursor);
  // What comes from outside becomes part of a key, and a key of DynamoDB has a largest size.
  if (after !== undefined && !position.test(after)) throw new InvalidCursorError();
  const { rows, next } = await openCharges.page(
    status === 'unresolved' ? { status: 'succeeded', limit, after, sinceAtLatest: longAgo } : { status, limit, after },
  );
  return { rows, nextCursor: next === undefined ? null : encodeCursor(scope, next) };
}

function asProblem(error: unknown): never {
  if (!(error instanceof RejectedError)) throw error;
  throw problem(error.code === 'CHARGE_NOT_FOUND' ? 404 : 409, error.code, error.message, { ...error.facts });
}
