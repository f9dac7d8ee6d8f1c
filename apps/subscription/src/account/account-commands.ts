import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoOutbox, OutgoingEvent } from '@atlas/messaging';
import {
  createTurns,
  type InTransaction,
  type Probe,
  type TransactItem,
  TransactionRefusedError,
} from '@atlas/platform';
import { ContendedAccountError } from '../errors.ts';
import type { AccountCommand, accountDecider } from './account.decider.domain.ts';
import type { Account, AccountEvent } from './account.domain.ts';
import { announce } from './announced.domain.ts';
import type { Accounts, LoadedAccount, Subjects } from './dynamo-accounts.ts';

export interface Handled {
  /** After the command. */
  readonly account: Account;
  /** What was decided; nothing when there was nothing to do. */
  readonly events: readonly AccountEvent[];
  /** The event that told what became of the charge when it was decided about, earlier, as JSON. */
  readonly answer: string | undefined;
}

/**
 * Loads the account, decides, and writes what was decided together with the public events; when others have written meanwhile
 * it loads and decides again. `alongside` adds its writes to the same transaction, which is also sent when there is nothing else to
 * write. Rejects with what `decide` throws, with ContendedAccountError, and with what `alongside` and its writes lead to.
 */
export type HandleCommand = (
  accountId: string,
  command: AccountCommand,
  alongside?: (tx: TransactItem[], account: Account) => Promise<unknown>,
) => Promise<Handled>;

export interface AccountCommandsDeps {
  readonly accounts: Accounts;
  readonly decider: ReturnType<typeof accountDecider>;
  readonly outbox: DynamoOutbox;
  readonly inTransaction: InTransaction;
  /** 0 to below 1. */
  readonly random: () => number;
  readonly probe: Probe;
}

/** With full jitter about 3 s when every try loses. */
const mostTries = 30;
const pauseLimits = { baseMs: 4, capMs: 250 };

/** Makes the one door through which accounts are changed. */
export function createAccountCommands(deps: AccountCommandsDeps): HandleCommand {
  const { accounts, decider, outbox, inTransaction, random, probe } = deps;

  async function attempt(...[accountId, command, alongside]: Parameters<HandleCommand>): Promise<Handled> {
    const loaded = await accounts.load(accountId, subjectsOf(command));
    const events = decider.decide(command, loaded.account);
    const account = events.reduce(decider.evolve, loaded.account);
    if (events.length === 0 && !alongside) return { account, events, answer: loaded.answer };
    const committed = await inTransaction(async (tx) => {
      if (events.length > 0) tx.push(...writesOf(tx, loaded, events, account));
      await alongside?.(tx, account);
      await probe('subscription.before-commit');
      return tx;
    });
    await probe('subscription.after-commit');
    outbox.committed(committed);
    return { account, events, answer: loaded.answer };
  }

  function writesOf(tx: TransactItem[], loaded: LoadedAccount, events: readonly AccountEvent[], after: Account) {
    const announced = announce(loaded.account, events);
    const outgoing = announced.map(({ event: { type, payload }, subject, sequence }) => {
      return { type, payload, meta: { tenantId: loaded.accountId, subject, sequence } } as OutgoingEvent;
    });
    const envelopes = outbox.add(tx, outgoing);
    const answers = new Map<string, string>();
    announced.forEach(({ event }, index) => {
      if (event.type !== 'subscription.changed') answers.set(event.payload.charge_id, JSON.stringify(envelopes[index]));
    });
    return accounts.writes(loaded, after, answers);
  }

  async function untilWritten(...[accountId, command, alongside]: Parameters<HandleCommand>): Promise<Handled> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt(accountId, command, alongside);
      } catch (error) {
        if (!(error instanceof TransactionRefusedError)) throw error;
        if (tries >= mostTries) throw new ContendedAccountError(accountId, tries, { cause: error });
      }
      await delay(random() * Math.min(pauseLimits.capMs, pauseLimits.baseMs * 2 ** tries));
    }
  }

  const takeTurns = createTurns();
  return function handle(...asked) {
    const [accountId] = asked;
    return takeTurns(accountId, () => untilWritten(...asked));
  };
}

function subjectsOf(command: AccountCommand): Subjects {
  switch (command.type) {
    case 'activate':
      return { chargeId: command.charge.chargeId };
    case 'note-reversal':
      return { chargeId: command.chargeId };
    case 'take-seat':
      return { userId: command.user.userId };
    default:
      return {};
  }
}
