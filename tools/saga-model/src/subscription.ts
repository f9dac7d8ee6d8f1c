import { createDynamoOutbox, type DynamoTransaction, type Publisher } from '@atlas/messaging';
import { type TransactItem, TransactionRefusedError } from '@atlas/platform';
import { type Account, accountDecider, plans, unknownAccount } from '@atlas/subscription/domain';
import {
  type Accounts,
  createAccountCommands,
  createAnswers,
  createHandlers,
  createOutcomeMetrics,
  type HandleCommand,
} from '@atlas/subscription/saga';
import type { Envelope } from '@atlas/event-contracts';
import type { Network } from './network.ts';
import type { Io } from './runs.ts';
import { uncounted } from './silent.ts';

export interface SubscriptionDeps {
  /** A defect, for a test that sees the model find it: what became of a charge is not remembered. */
  readonly forgetful?: boolean | undefined;
  readonly network: Network;
  readonly clock: () => Date;
  readonly newId: () => string;
}

/** Subscription as one process of it sees it. */
export interface SubscriptionProcess {
  readonly handle: HandleCommand;
  readonly handlers: ReturnType<typeof createHandlers>;
}

interface Kept {
  readonly version: number;
  readonly account: Account;
  readonly answers: ReadonlyMap<string, string>;
}

/** A write that takes effect with its transaction, on condition that nobody was faster. */
interface Write {
  readonly holds: () => boolean;
  readonly apply: () => void;
}

/** Subscription's accounts in memory, and processes over them. */
export function createSubscription({ network, clock, newId, forgetful = false }: SubscriptionDeps) {
  const kept = new Map<string, Kept>();
  const nothing: Kept = { version: 0, account: unknownAccount(), answers: new Map() };
  const outbox = createDynamoOutbox({ source: 'subscription', clock, newId, tableName: 'outbox' });
  const load = (accountId: string): Kept => kept.get(accountId) ?? nothing;

  function writes(...[loaded, account, answers]: Parameters<Accounts['writes']>): TransactItem[] {
    const { accountId, version } = loaded;
    const write: Write = {
      holds: () => load(accountId).version === version,
      apply: () => {
        const all = new Map([...load(accountId).answers, ...answers]);
        kept.set(accountId, { version: version + 1, account, answers: all });
      },
    };
    return [write as never];
  }

  /** What a transaction holds: writes of ours, and the rows of the outbox. */
  function commit(tx: readonly TransactItem[]): void {
    const isRow = (item: TransactItem) => item.Put !== undefined;
    const own = tx.filter((item) => !isRow(item)) as unknown as Write[];
    if (!own.every(({ holds }) => holds())) throw new TransactionRefusedError();
    for (const { apply } of own) apply();
    network.commit(tx.filter(isRow) as DynamoTransaction);
  }

  function processOver(io: Io): SubscriptionProcess {
    const accounts: Accounts = {
      load: (accountId, about = {}) =>
        io('subscription.load', () => {
          const { version, account: known, answers } = load(accountId);
          const account = forgetful ? { ...known, outcomes: new Map() } : known;
          return { accountId, version, account, answer: answers.get(about.chargeId ?? '') };
        }),
      writes,
    };
    const handle = createAccountCommands({
      ...{ accounts, outbox, decider: accountDecider(plans), random: () => 0 },
      inTransaction: async (run) => {
        const tx: TransactItem[] = [];
        const result = await run(tx);
        await io('subscription.commit', () => commit(tx));
        return result;
      },
      probe: (step) => io(step, () => undefined),
    });
    const publisher: Publisher = {
      send: ({ body }) => io('subscription.repeat', () => network.publish(JSON.parse(body) as Envelope)),
      stop: async () => undefined,
    };
    const answers = createAnswers({ publisher });
    const outcomes = createOutcomeMetrics(uncounted);
    return { handle, handlers: createHandlers({ handle, answers, newId, outcomes }) };
  }

  return { processOver, load: (accountId: string) => load(accountId).account };
}

export type Subscription = ReturnType<typeof createSubscription>;
