import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

type Item = Record<string, AttributeValue>;

/** What a call of the store meets: chosen by a test for each call. */
export type Fate = 'done' | 'answer-lost' | 'away' | 'never-sent' | 'never-answered';

/** A time of its own: everything that waits, waits for a number of its moments, in which the others go on. */
export interface ModelTime {
  now(): number;
  /** Lets `moments` pass. */
  pass(moments: number): Promise<void>;
}

/** Time that moves on by `step` milliseconds with every moment that anybody waits. */
export function createModelTime(step: () => number): ModelTime {
  // atlas-local-ok: the time of one run of a test
  let now = 0;
  return {
    now: () => now,
    async pass(moments) {
      for (let left = Math.max(1, moments); left > 0; left -= 1) {
        now += step();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

/**
 * TransactWriteItems as DynamoDB documents it, for the expressions that projections send: all or nothing, a reason per action with the item as it
 * was where that is asked for, and, as AWS does and the emulator does not, two transactions that are under way on one item refuse each other.
 * And BatchGetItem, strongly consistent: each item as it is at some moment of the call, those of one call at different ones; some may be left out.
 */
export function createModelStore(time: ModelTime, chance: { fate(): Fate; moments(): number }) {
  const tables = new Map<string, Map<string, Item>>();
  const underWay = new Set<string>();
  const tableOf = (name: string) => tables.get(name) ?? tables.set(name, new Map()).get(name)!;
  async function transact(actions: readonly TransactWriteItem[]): Promise<void> {
    const places = actions.map(({ Put, Update }) =>
      placeOf(Put?.TableName ?? Update!.TableName!, Put?.Item ?? Update!.Key!),
    );
    if (new Set(places).size !== places.length || places.length > 100) throw new Error('not a transaction of DynamoDB');
    const conflicts = places.map((place) => (underWay.has(place) ? { Code: 'TransactionConflict' } : { Code: 'None' }));
    if (conflicts.some(({ Code }) => Code !== 'None')) throw cancelled(conflicts);
    for (const place of places) underWay.add(place);
    try {
      await time.pass(chance.moments());
      const before = actions.map(({ Put, Update }, index) =>
        tableOf(Put?.TableName ?? Update!.TableName!).get(places[index]!),
      );
      const reasons = actions.map(({ Put, Update }, index) => {
        const { ConditionExpression, ReturnValuesOnConditionCheckFailure: told } = (Put ?? Update)!;
        if (conditionHolds(ConditionExpression, before[index])) return { Code: 'None' };
        return { Code: 'ConditionalCheckFailed', ...(told === 'ALL_OLD' && { Item: before[index] }) };
      });
      if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
      for (const [index, { Put, Update }] of actions.entries()) {
        const table = tableOf(Put?.TableName ?? Update!.TableName!);
        table.set(places[index]!, Put ? { ...Put.Item! } : updated(before[index] ?? { ...Update!.Key! }, Update!));
      }
    } finally {
      for (const place of places) underWay.delete(place);
    }
  }

  async function read({ RequestItems = {} }: BatchGetItemCommandInput) {
    const [[name, { Keys = [], ConsistentRead }]] = Object.entries(RequestItems) as [
      [string, (typeof RequestItems)['']],
    ];
    const places = Keys.map((key) => placeOf(name, key));
    if (!ConsistentRead || Keys.length === 0 || Keys.length > 100 || new Set(places).size !== places.length) {
      throw new Error('not a reading that the model knows');
    }
    // At least one is answered.
    const answered = 1 + (Keys.length > 1 ? chance.moments() % Keys.length : 0);
    const items: Item[] = [];
    for (const place of places.slice(0, answered)) {
      await time.pass(1);
      const item = tableOf(name).get(place);
      if (item) items.push({ ...item });
    }
    const left = Keys.slice(answered);
    return {
      Responses: { [name]: items },
      UnprocessedKeys: left.length > 0 ? { [name]: { Keys: left, ConsistentRead } } : {},
    };
  }

  async function send(
    command: BatchGetItemCommand | { readonly input: { readonly TransactItems: TransactWriteItem[] } },
  ) {
    const fate = chance.fate();
    await time.pass(chance.moments());
    if (fate === 'never-sent') return new Promise(() => {});
    if (fate === 'away') throw unreachable();
    const answer = command instanceof BatchGetItemCommand ? await read(command.input) : await write(command.input);
    if (fate === 'never-answered') return new Promise(() => {});
    if (fate === 'answer-lost') throw unreachable();
    return answer;
  }

  async function write({ TransactItems }: { readonly TransactItems: readonly TransactWriteItem[] }) {
    await transact(TransactItems);
    return {};
  }

  return {
    dynamo: { send } as unknown as DynamoDBDocumentClient,
    items: (table: string): Item[] => [...(tables.get(table)?.values() ?? [])],
  };
}

const placeOf = (table: string, { pk, sk }: Item): string => JSON.stringify([table, pk!.S, sk!.S]);

const unreachable = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

const cancelled = (CancellationReasons: { Code: string; Item?: Item | undefined }[]) =>
  new TransactionCanceledException({ message: 'Transaction cancelled', $metadata: {}, CancellationReasons });

function conditionHolds(expression: string | undefined, item: Item | undefined): boolean {
  if (expression === undefined) return true;
  if (expression !== 'attribute_not_exists(pk)') throw new Error(`the model does not know ${expression}`);
  return item === undefined;
}

function updated(before: Item, update: NonNullable<TransactWriteItem['Update']>): Item {
  const [, adds] = /^ADD (.*)$/.exec(update.UpdateExpression!) ?? [];
  if (adds === undefined) throw new Error(`the model does not know ${update.UpdateExpression}`);
  const [names = {}, values = {}] = [update.ExpressionAttributeNames, update.ExpressionAttributeValues];
  const item = { ...before };
  for (const [path, value] of adds.split(',').map((text) => text.split(' ') as [string, string])) {
    const name = names[path]!;
    item[name] = { N: String(BigInt(item[name]?.N ?? '0') + BigInt(values[value]!.N!)) };
  }
  return item;
}
