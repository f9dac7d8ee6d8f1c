import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, paginateQuery, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ClaimedRow, OutboxRows, OutboxState, Postponed } from '../outbox/outbox-rows.ts';
import { eachAtOnce } from './each-at-once.ts';
import { fromOutboxItem, keyOf } from './outbox-item.ts';
import { dueIndex, dueShards, parkedIndex, parkedMark } from './outbox-table.ts';

export interface DynamoRowsOptions {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: () => Date;
  readonly newId: () => string;
  readonly random: () => number;
}

type Key = { pk: string; sk: string };

/** Updates of one relay that are under way; a claim or mark is one call per row. */
const maxAtOnce = 16;
/** What has been published may be wanted by a consumer that does not exist yet (docs/adr/0001). */
const keptMs = 90 * 24 * 60 * 60 * 1_000;

/** The rows of an outbox in DynamoDB. Times are those of the relays' clocks; the table has none of its own. */
export function createDynamoRows(options: DynamoRowsOptions): OutboxRows {
  const { dynamo, tableName: TableName, clock, newId, random } = options;
  const now = () => clock().getTime();

  /** Undefined when the row is not due any more: another relay has it, or the index was behind. */
  async function claim(Key: Key, leaseMs: number): Promise<ClaimedRow | undefined> {
    const item = await updateIf(dynamo, {
      TableName,
      Key,
      UpdateExpression: 'SET lease = :lease, due_at = :until',
      // A call whose answer was lost is repeated by the client, and finds its own lease.
      ConditionExpression: 'due_at <= :now OR lease = :lease',
      ExpressionAttributeValues: { ':lease': newId(), ':until': now() + leaseMs, ':now': now() },
      ReturnValues: 'ALL_NEW',
    });
    return item && fromOutboxItem(item);
  }

  async function markPublished(row: ClaimedRow): Promise<void> {
    await updateIf(dynamo, {
      TableName,
      Key: keyOf(row),
      UpdateExpression:
        'SET published_at = :at, expires_at = :expires REMOVE due_shard, due_at, lease, last_error, parked, parked_at',
      // A row that is gone must not come back as a stub.
      ConditionExpression: 'attribute_exists(pk)',
      ExpressionAttributeValues: { ':at': clock().toISOString(), ':expires': Math.floor((now() + keptMs) / 1_000) },
    });
  }

  async function postpone({ row, waitMs, counted, park, error }: Postponed): Promise<void> {
    const set = ['attempts = :attempts', ...(error === null ? [] : ['last_error = :error'])];
    const values: Record<string, unknown> = { ':lease': row.lease, ':attempts': row.attempts + (counted ? 1 : 0) };
    if (error !== null) values[':error'] = error;
    if (park) Object.assign(values, { ':mark': parkedMark, ':at': clock().toISOString() });
    else values[':due'] = now() + waitMs;
    set.push(...(park ? ['parked = :mark', 'parked_at = :at'] : ['due_at = :due']));
    await updateIf(dynamo, {
      TableName,
      Key: keyOf(row),
      UpdateExpression: `SET ${set.join(', ')} REMOVE lease${park ? ', due_shard, due_at' : ''}`,
      ConditionExpression: 'lease = :lease AND attribute_exists(due_at)',
      ExpressionAttributeValues: values,
    });
  }

  return {
    async claimDue(limit, leaseMs) {
      const found = await findDue({ dynamo, TableName, until: now(), limit });
      // Relays that look at the same moment would otherwise all reach for the same rows.
      const candidates = shuffled(found, random).slice(0, limit);
      const failures: unknown[] = [];
      const claimed = await eachAtOnce(candidates, maxAtOnce, async (key) => {
        if (failures.length > 0) return undefined;
        return claim(key, leaseMs).catch((error: unknown) => void failures.push(error));
      });
      const rows = claimed.filter((row) => row !== undefined);
      // What has been claimed goes out, or it would wait until its lease has run out; the next claim meets the failure, too.
      if (failures.length > 0 && rows.length === 0) throw failures[0];
      return { rows, more: rows.length > 0 && (failures.length > 0 || found.length >= limit) };
    },
    async markPublished(rows) {
      await eachAtOnce(rows, maxAtOnce, markPublished);
    },
    async postpone(rows) {
      await eachAtOnce(rows, maxAtOnce, postpone);
    },
    state: () => stateOf(dynamo, TableName),
  };
}

/**
 * Every sweep looks at all that is due, from the oldest on, instead of going on where the last one ended: the index is
 * behind the table by an unknown time, and what it showed too late would be passed by for ever.
 */
async function findDue(search: {
  dynamo: DynamoDBDocumentClient;
  TableName: string;
  until: number;
  limit: number;
}): Promise<Key[]> {
  const { dynamo, TableName, until, limit } = search;
  const found = await eachAtOnce(dueShards, dueShards.length, async (shard) => {
    const { Items = [] } = await dynamo.send(
      new QueryCommand({
        TableName,
        IndexName: dueIndex,
        KeyConditionExpression: 'due_shard = :shard AND due_at <= :until',
        ExpressionAttributeValues: { ':shard': shard, ':until': until },
        Limit: limit,
      }),
    );
    return Items.map(({ pk, sk }) => ({ pk, sk }) as Key);
  });
  return found.flat();
}

async function stateOf(dynamo: DynamoDBDocumentClient, TableName: string): Promise<OutboxState> {
  let [depth, parked, oldest] = [0, 0, ''];
  const count = async (IndexName: string, hash: string, value: string, onPage: (items: Item[]) => void) => {
    const KeyConditionExpression = `${hash} = :value`;
    const query = { TableName, IndexName, KeyConditionExpression, ExpressionAttributeValues: { ':value': value } };
    for await (const { Items = [] } of paginateQuery({ client: dynamo }, query)) onPage(Items);
  };
  await Promise.all([
    ...dueShards.map((shard) =>
      count(dueIndex, 'due_shard', shard, (items) => {
        depth += items.length;
        for (const { created_at } of items) if (oldest === '' || created_at! < oldest) oldest = created_at!;
      }),
    ),
    count(parkedIndex, 'parked', parkedMark, (items) => void (parked += items.length)),
  ]);
  return { depth, parked, oldest: oldest === '' ? null : new Date(oldest) };
}

type Item = { created_at?: string };

/** The attributes that the update returns, or undefined when its condition did not hold. */
async function updateIf(
  dynamo: DynamoDBDocumentClient,
  input: ConstructorParameters<typeof UpdateCommand>[0],
): Promise<Record<string, unknown> | undefined> {
  try {
    return (await dynamo.send(new UpdateCommand(input))).Attributes ?? {};
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
