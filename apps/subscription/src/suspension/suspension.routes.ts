import { identityOf, type Logger, parse, problem, requireRole } from '@atlas/platform';
import { type Request, Router } from 'express';
import { z } from 'zod';
import type { Account } from '../account/account.domain.ts';
import type { HandleCommand } from '../account/account-commands.ts';
import type { Accounts } from '../account/dynamo-accounts.ts';
import { answered } from '../refusals.ts';

export interface SuspensionRoutesDeps {
  readonly accounts: Accounts;
  readonly handle: HandleCommand;
  readonly clock: () => Date;
  readonly logger: Pick<Logger, 'info'>;
}

const params = z.strictObject({ account_id: z.string().min(1).max(128) });
const reason = z.string().trim().min(1).max(500);
const body = z
  .strictObject({ suspended: z.boolean(), reason: reason.optional() })
  .refine((wish) => !wish.suspended || wish.reason !== undefined, {
    path: ['reason'],
    message: 'say why the account is suspended',
  });
const path = '/operator/subscriptions/accounts/:account_id/suspension';
const operatorsOnly = () => requireRole('operator', 'Only an operator may suspend an account.');

/** Operators suspend accounts: nothing is activated for one until it is reinstated, and its charges are given back. */
export function suspensionRoutes({ accounts, handle, clock, logger }: SuspensionRoutesDeps): Router {
  const router = Router();

  router.get(path, operatorsOnly(), async (req, res) => {
    const { accountId, account } = await known(req, accounts);
    res.json(suspensionView(accountId, account));
  });

  router.put(path, operatorsOnly(), async (req, res) => {
    const wish = parse(body, req.body, 'body');
    const { accountId } = await known(req, accounts);
    const by = identityOf(req).userId;
    const at = clock().toISOString();
    const command = wish.suspended
      ? ({ type: 'suspend', reason: wish.reason!, by, at } as const)
      : ({ type: 'reinstate', at } as const);
    const { account, events } = await answered(handle(accountId, command));
    if (events.length > 0) logger.info({ account_id: accountId, ...wish, by }, 'suspension changed');
    res.json(suspensionView(accountId, account));
  });

  return router;
}

/** A mistyped id must not be kept as a suspension that nobody ever finds again. */
async function known(req: Request, accounts: Accounts): Promise<{ accountId: string; account: Account }> {
  const { account_id: accountId } = parse(params, req.params, 'params');
  const { version, account } = await accounts.load(accountId);
  if (version > 0) return { accountId, account };
  const detail = `Nothing has been heard of an account "${accountId}": neither a user nor a charge.`;
  throw problem(404, 'ACCOUNT_NOT_FOUND', detail);
}

function suspensionView(accountId: string, { suspension }: Account) {
  return {
    account_id: accountId,
    suspended: suspension !== undefined,
    reason: suspension?.reason ?? null,
    since: suspension?.since ?? null,
    by: suspension?.by ?? null,
  };
}
