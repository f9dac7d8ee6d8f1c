import { createEventService, type EventService, type EventServiceDeps } from '@atlas/messaging';
import { createDynamoIdempotencyStore, createIdempotency, createInTransaction } from '@atlas/platform';
import { accountDecider } from './account/account.decider.domain.ts';
import { createAccountCommands } from './account/account-commands.ts';
import { createAnswers } from './account/answers.ts';
import { createDynamoAccounts } from './account/dynamo-accounts.ts';
import { createOutcomeMetrics } from './account/handling.ts';
import type { SubscriptionConfig } from './config.ts';
import { currentRoutes } from './current/current.routes.ts';
import { createHandlers } from './handlers.ts';
import { plans } from './plans/plans.domain.ts';
import { suspensionRoutes } from './suspension/suspension.routes.ts';
import { subscriptionTableNames } from './tables.ts';

/** What main.ts opens and closes again; the service only uses it. */
export interface SubscriptionDeps extends EventServiceDeps {
  config: SubscriptionConfig;
}

/** Wires the service together. */
export function createApp(deps: SubscriptionDeps): EventService {
  const { config, dynamo, clock, newId, random, probe, logger, metrics } = deps;
  const tables = subscriptionTableNames(config.ATLAS_PREFIX);
  return createEventService({
    ...deps,
    service: 'subscription',
    listen: { port: config.SUBSCRIPTION_PORT, host: config.SUBSCRIPTION_HOST },
    tables: { ...tables },
    facts: tables.subscriptions,
    parts({ outbox, publisher }) {
      const accounts = createDynamoAccounts({ dynamo, tableName: tables.subscriptions });
      const inTransaction = createInTransaction({ dynamo, idempotencyTable: tables.idempotency });
      const decider = accountDecider(plans);
      const handle = createAccountCommands({ accounts, decider, outbox, inTransaction, random, probe });
      const store = createDynamoIdempotencyStore({ dynamo, tableName: tables.idempotency, clock });
      const answers = createAnswers({ publisher });
      return {
        handlers: createHandlers({ handle, newId, answers, outcomes: createOutcomeMetrics(metrics) }),
        routers: [
          currentRoutes({ accounts, handle, plans, idempotency: createIdempotency({ store }), clock }),
          suspensionRoutes({ accounts, handle, clock, logger }),
        ],
      };
    },
  });
}
