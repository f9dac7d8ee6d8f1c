import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import {
  ContendedStreamError,
  createCommandHandler,
  createDynamoEventStore,
  type Handled,
  type HistoryPage,
  loadState,
  type Recorded,
} from '@atlas/event-store';
import type { DynamoOutbox } from '@atlas/messaging';
import { createTurns, type Logger, type Metrics } from '@atlas/platform';
import { type AccountEvent, accountEvents } from './account-events.domain.ts';
import { accountSnapshots } from './account-snapshot.ts';
import { type Account, type AccountCommand, accountDecider } from './account.domain.ts';
import { AccountBusyError } from './errors.ts';
import { type DuePolicy, openChargeWrites } from './open-charge-item.ts';
import { toOutgoing } from './outgoing-event.ts';

export type AccountHandled = Handled<Account, AccountEvent>;

export interface CommandOrigin {
  /** A command with an id has its effect once, for ever. */
  readonly commandId?: string | undefined;
  /** Left out, these are those of the request or message that is being handled. */
  readonly correlationId?: string | undefined;
  readonly causationId?: string | undefined;
}

/** The accounts of all tenants, each a stream of facts. An account that nothing is known of is one without charges. */
export interface Accounts {
  /**
   * Decides, and writes what has been decided, the events that are to be published, and the rows of open charges in one
   * transaction. Rejects with RejectedError, and AccountBusyError when too many change the account at once.
   */
  handle(accountId: string, command: AccountCommand, origin?: CommandOrigin): Promise<AccountHandled>;
  /** The account as of now. */
  load(accountId: string): Promise<Account>;
  /** A page of everything that has happened to the account, in order, after a version. */
  history(accountId: string, page: { after: number; limit: number }): Promise<HistoryPage<AccountEvent>>;
}

/** The accounts in DynamoDB, one stream per account (docs/adr/0014). */
export function createAccounts(deps: {
  dynamo: DynamoDBDocumentClient;
  tables: { events: string; openCharges: string };
  outbox: DynamoOutbox;
  due: DuePolicy;
  clock: () => Date;
  /** Makes a UUID v7. */
  newId: () => string;
  logger: Logger;
  metrics: Metrics;
}): Accounts {
  const { dynamo, tables, outbox, due, clock, newId, logger, metrics } = deps;
  const count = metrics.counter('billing_facts_total', 'Facts about charges, by type.', ['type'] as const);
  const store = createDynamoEventStore({
    ...{ dynamo, clock, newId, source: 'billing', tableName: tables.events, kind: 'BILLING', types: accountEvents },
    participant: {
      join(tx, recorded) {
        const events = recorded as readonly Recorded<AccountEvent>[];
        outbox.add(tx, toOutgoing(events));
        tx.push(...openChargeWrites(tables.openCharges, due, events));
      },
      committed: (tx) => outbox.committed(tx),
    },
  });
  const snapshots = accountSnapshots;
  // One after the other in this replica: a hundred that load, decide and lose would never come to an end.
  const takeTurns = createTurns();
  const handle = createCommandHandler({ store, decider: accountDecider, snapshots, logger });

  return {
    async handle(accountId, command, origin = {}) {
      try {
        const handled = await takeTurns(accountId, () => handle(accountId, command, origin));
        if (!handled.replayed) for (const { type } of handled.events) count.inc({ type });
        return handled;
      } catch (error) {
        if (!(error instanceof ContendedStreamError)) throw error;
        throw new AccountBusyError(accountId, { cause: error });
      }
    },
    load: async (accountId) => (await loadState(store, accountDecider, accountId, snapshots)).state,
    history: (accountId, page) => store.read(accountId, page),
  };
}
