import {
  type Idempotency,
  type Identity,
  identityOf,
  parse,
  requireRole,
  type SaveResponse,
  type StoredResponse,
  type TransactItem,
} from '@atlas/platform';
import { Router } from 'express';
import { z } from 'zod';
import type { AccountCommand } from '../account/account.decider.domain.ts';
import type { Account, Person } from '../account/account.domain.ts';
import type { HandleCommand } from '../account/account-commands.ts';
import type { Accounts } from '../account/dynamo-accounts.ts';
import type { Plan } from '../plans/plans.domain.ts';
import { answered, noSubscription } from '../refusals.ts';
import { planView, subscriptionView } from './current.view.ts';

export interface CurrentRoutesDeps {
  readonly accounts: Accounts;
  readonly handle: HandleCommand;
  readonly plans: readonly Plan[];
  readonly idempotency: Idempotency<TransactItem[]>;
  readonly clock: () => Date;
}

const noQuery = z.strictObject({});
const changeBody = z.strictObject({ plan_id: z.string().min(1).max(128) });
const noBody = z.strictObject({});
const ownersOnly = () => requireRole('owner', 'Only an owner of the workspace may change its subscription.');

/** `/subscriptions`: members see what the account has; its owner changes and cancels it. It begins with a charge, in billing. */
export function currentRoutes(deps: CurrentRoutesDeps): Router {
  const { accounts, plans, idempotency, clock } = deps;
  const router = Router();

  router.get('/subscriptions/plans', (req, res) => {
    parse(noQuery, req.query, 'query');
    res.json({ items: plans.filter(({ retired }) => !retired).map(planView) });
  });

  router.get('/subscriptions/current', async (req, res) => {
    parse(noQuery, req.query, 'query');
    const { account } = await accounts.load(identityOf(req).tenantId);
    res.json(viewOf(account, plans));
  });

  router.post(
    '/subscriptions/current/change',
    ownersOnly(),
    idempotency.route(
      { name: 'POST /subscriptions/current/change', owner: identityOf },
      async (req, _res, save): Promise<StoredResponse> => {
        const { plan_id: planId } = parse(changeBody, req.body, 'body');
        return commanded(deps, identityOf(req), save, (by) => ({ type: 'change-plan', planId, by, at: isoOf(clock) }));
      },
    ),
  );

  router.delete(
    '/subscriptions/current',
    ownersOnly(),
    idempotency.route(
      { name: 'DELETE /subscriptions/current', owner: identityOf },
      async (req, _res, save): Promise<StoredResponse> => {
        parse(noBody, req.body ?? {}, 'body');
        return commanded(deps, identityOf(req), save, (by) => ({ type: 'cancel', by, at: isoOf(clock) }));
      },
    ),
  );

  return router;
}

/** Carries a command of a person out and answers with the subscription; the answer is saved in the same transaction. */
async function commanded(
  { accounts, handle, plans }: CurrentRoutesDeps,
  identity: Identity,
  save: SaveResponse<TransactItem[]>,
  command: (by: Person) => AccountCommand,
): Promise<StoredResponse> {
  const { tenantId, userId } = identity;
  const { account } = await accounts.load(tenantId, { userId });
  const by = { userId, email: emailOf(identity, account) };
  let response: StoredResponse | undefined;
  await answered(
    handle(tenantId, command(by), async (tx, after) => {
      response = await save(tx, { status: 200, body: viewOf(after, plans) });
    }),
  );
  return response!;
}

/** Who did it is told at the address of their token; else where we know them, else who pays is told. */
function emailOf({ userId, email }: Identity, { seats, subscription }: Account): string {
  const said = z.email().max(320).safeParse(email);
  if (said.success) return said.data;
  return seats.get(userId)?.email ?? subscription?.payer.email ?? '';
}

function viewOf(account: Account, plans: readonly Plan[]) {
  if (!account.subscription) throw noSubscription();
  return subscriptionView(account.subscription, account, plans);
}

const isoOf = (clock: () => Date): string => clock().toISOString();
