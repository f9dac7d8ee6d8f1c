import type { TransactItem } from '@atlas/platform';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { type Account, unknownAccount } from './account.domain.ts';
import {
  fromAccountItem,
  fromOutcomeItem,
  fromSeatItem,
  toAccountItem,
  toOutcomeItem,
  toSeatItem,
} from './account-item.ts';

/** What a decision is about, beside the account itself. */
export interface Subjects {
  readonly chargeId?: string | undefined;
  readonly userId?: string | undefined;
}

/** An account as it was read, with what was asked for of its charges and seats. */
export interface LoadedAccount {
  readonly accountId: string;
  /** 0 for an account of which nothing has been heard. */
  readonly version: number;
  readonly account: Account;
  /** The event that told what became of the charge, as JSON; for a charge that has been decided about. */
  readonly answer: string | undefined;
}

/** The accounts of all tenants. Every key starts with the account, which is the tenant. */
export interface Accounts {
  /** Consistent reads. */
  load(accountId: string, about?: Subjects): Promise<LoadedAccount>;
  /**
   * The writes that turn an account into `after`, for one transaction: refused when anybody has written it since it was
   * loaded. `answers` are the events that tell what became of charges, as JSON by charge.
   */
  writes(loaded: LoadedAccount, after: Account, answers: ReadonlyMap<string, string>): TransactItem[];
}

const chargeKey = (chargeId: string) => `CHARGE#${chargeId}`;
const seatKey = (userId: string) => `SEAT#${userId}`;

/** Accounts in DynamoDB: pk `TENANT#<account id>`, sk `ACCOUNT`, `CHARGE#<charge id>`, `SEAT#<user id>`. */
export function createDynamoAccounts(deps: { dynamo: DynamoDBDocumentClient; tableName: string }): Accounts {
  const { dynamo, tableName: TableName } = deps;
  const keyOf = (accountId: string, sk: string) => ({ pk: `TENANT#${accountId}`, sk });

  async function read(accountId: string, sk: string | undefined): Promise<Record<string, unknown> | undefined> {
    if (sk === undefined) return undefined;
    const Key = keyOf(accountId, sk);
    return (await dynamo.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
  }

  return {
    async load(accountId, { chargeId, userId } = {}) {
      const [account, charge, seat] = await Promise.all([
        read(accountId, 'ACCOUNT'),
        read(accountId, chargeId === undefined ? undefined : chargeKey(chargeId)),
        read(accountId, userId === undefined ? undefined : seatKey(userId)),
      ]);
      const { version, ...head } = account ? fromAccountItem(account) : { version: 0 };
      const decided = charge && fromOutcomeItem(charge);
      return {
        accountId,
        version,
        answer: decided?.answer,
        account: {
          ...unknownAccount(),
          ...head,
          outcomes: new Map(decided ? [[chargeId!, decided.outcome]] : []),
          seats: new Map(seat ? [[userId!, fromSeatItem(seat)]] : []),
        },
      };
    },
    writes(loaded, after, answers) {
      const { accountId, version, account: before } = loaded;
      const put = (sk: string, content: object, condition: object): TransactItem => ({
        Put: { TableName, Item: { ...keyOf(accountId, sk), ...content }, ...condition },
      });
      const outcomes = changedEntries(before.outcomes, after.outcomes).map(([chargeId, outcome]) => {
        const known = before.outcomes.has(chargeId);
        const answer = answers.get(chargeId) ?? (known ? loaded.answer : undefined);
        // The three items are read one by one: what was read before somebody else's write must not replace it.
        return put(chargeKey(chargeId), toOutcomeItem(outcome, answer), known ? notReversed : isNew);
      });
      const seats = changedEntries(before.seats, after.seats).map(([userId, person]) =>
        put(seatKey(userId), toSeatItem(person), isNew),
      );
      return [put('ACCOUNT', toAccountItem(version + 1, after), stillAt(version)), ...outcomes, ...seats];
    },
  };
}

const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };
const notReversed = { ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(reversed_at)' };

function stillAt(version: number) {
  if (version === 0) return isNew;
  return {
    ConditionExpression: '#version = :seen',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':seen': version },
  };
}

function changedEntries<V>(before: ReadonlyMap<string, V>, after: ReadonlyMap<string, V>): [string, V][] {
  return [...after].filter(([key, value]) => before.get(key) !== value);
}
