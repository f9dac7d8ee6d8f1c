import { type AttributeValue, TransactionCanceledException, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
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
 * was, and, as AWS does and the emulator does not, two transactions that are under way on one item refuse each other.
 */
export function createModelStore(time: ModelTime, chance: { fate(): Fate; moments(): number }) {
  const tables = new Map<string, Map<string, Item>>();
  const underWay = new Set<string>();
  const tableOf = (name: string) => tables.get(name) ?? tables.set(name, new Map()).get(name)!;
  /** By journal key, when the event was first committed. */
  const firstCommits = new Map<string, number>();

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
        const { ConditionExpression, ExpressionAttributeValues } = (Put ?? Update)!;
        const holds = conditionHolds(ConditionExpression, ExpressionAttributeValues ?? {}, before[index]);
        return holds ? { Code: 'None' } : { Code: 'ConditionalCheckFailed', Item: before[index] };
      });
      if (reasons.some(({ Code }) => Code !== 'None')) throw cancelled(reasons);
      for (const [index, { Put, Update }] of actions.entries()) {
        const table = tableOf(Put?.TableName ?? Update!.TableName!);
        table.set(places[index]!, Put ? { ...Put.Item! } : updated(before[index] ?? { ...Update!.Key! }, Update!));
        if (!firstCommits.has(places[index]!)) firstCommits.set(places[index]!, time.now());
      }
    } finally {
      for (const place of places) underWay.delete(place);
    }
  }

  async function send({ input }: { readonly input: { readonly TransactItems: readonly TransactWriteItem[] } }) {
    const fate = chance.fate();
    await time.pass(chance.moments());
    if (fate === 'never-sent') return new Promise(() => {});
    if (fate === 'away') throw unreachable();
    await transact(input.TransactItems);
    if (fate === 'never-answered') return new Promise(() => {});
    if (fate === 'answer-lost') throw unreachable();
    return {};
  }

  return {
    dynamo: { send } as unknown as DynamoDBDocumentClient,
    items: (table: string): Item[] => [...(tables.get(table)?.values() ?? [])],
    firstCommitOf: (table: string, pk: string, sk: string) =>
      firstCommits.get(placeOf(table, { pk: { S: pk }, sk: { S: sk } })),
  };
}

const placeOf = (table: string, { pk, sk }: Item): string => JSON.stringify([table, pk!.S, sk!.S]);

const unreachable = () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

const cancelled = (CancellationReasons: { Code: string; Item?: Item | undefined }[]) =>
  new TransactionCanceledException({ message: 'Transaction cancelled', $metadata: {}, CancellationReasons });

function conditionHolds(expression: string | undefined, values: Item, item: Item | undefined): boolean {
  return (expression ?? '').split(' AND ').every((term) => {
    if (term === '') return true;
    if (term === 'attribute_not_exists(pk)') return item === undefined;
    if (term === 'attribute_exists(pk)') return item !== undefined;
    const [, name] = /^NOT contains\(marks, (:m\d+)\)$/.exec(term) ?? [];
    if (name === undefined) throw new Error(`the model does not know ${term}`);
    return !item?.['marks']?.SS?.includes(values[name]!.S!);
  });
}

function updated(before: Item, update: NonNullable<TransactWriteItem['Update']>): Item {
  const [, sets = '', adds = ''] = /^(?:SET (.*?) )?ADD (.*)$/.exec(update.UpdateExpression!) ?? [];
  const [names = {}, values = {}] = [update.ExpressionAttributeNames, update.ExpressionAttributeValues];
  const item = { ...before };
  for (const set of sets === '' ? [] : sets.split(', #').map((text) => text.replace(/^#?/, '#'))) {
    const [, to, from] = /^(#f\d+) = if_not_exists\(\1, (:f\d+)\)$/.exec(set) ?? [];
    if (to === undefined) throw new Error(`the model does not know ${set}`);
    item[names[to]!] ??= values[from!]!;
  }
  for (const [path, value] of adds.split(',').map((text) => text.trim().split(' ') as [string, string])) {
    const [name, added] = [names[path] ?? path, values[value]!];
    item[name] = added.SS
      ? { SS: [...new Set([...(item[name]?.SS ?? []), ...added.SS])] }
      : { N: String(BigInt(item[name]?.N ?? '0') + BigInt(added.N!)) };
  }
  return item;
}
