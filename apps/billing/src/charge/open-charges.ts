import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  paginateQuery,
  QueryCommand,
  type QueryCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { isConditionFailure } from '@atlas/platform';
import { fromItem, keyOf, type OpenCharge, type OpenStatus } from './open-charge-item.ts';
import { dueIndex, shardOf, shardsOf, statusIndex } from './open-charges.table.ts';

/** A charge that has to be looked after, as the index of due charges knows it. */
export interface DueCharge {
  readonly key: { readonly pk: string; readonly sk: string };
  readonly dueAtMs: number;
}

/** One page of the charges of a status over all accounts, those first that have had it longest. */
export interface OpenChargesQuery {
  readonly status: OpenStatus;
  readonly limit: number;
  /** The last position of the page before. */
  readonly after?: string | undefined;
  /** Only what has had its status since this time, RFC 3339 in UTC, or longer. */
  readonly sinceAtLatest?: string | undefined;
}

/** The charges of all accounts that are not final yet. What is read of an index may be some moments old. */
export interface OpenCharges {
  /** The charge, as of now; undefined when it is final or does not exist. */
  find(accountId: string, chargeId: string): Promise<OpenCharge | undefined>;
  page(query: OpenChargesQuery): Promise<{ rows: readonly OpenCharge[]; next?: string }>;
  /** What should have been looked after by now, the most overdue of each shard first; at most `limit` per shard. */
  due(nowMs: number, limit: number): Promise<readonly DueCharge[]>;
  /** Takes a due charge until `untilMs`, or says undefined: somebody else has it, or there is nothing to do any more. */
  claim(due: DueCharge, untilMs: number): Promise<OpenCharge | undefined>;
  /** Has an open charge looked after at `atMs`, when it still has this status. */
  lookAfter(charge: { accountId: string; chargeId: string; status: OpenStatus }, atMs: number): Promise<void>;
  /** Whether the caller is the first who reports this charge in its present status. */
  markReported(charge: OpenCharge, at: string): Promise<boolean>;
}

/** The open charges in DynamoDB; `openChargeWrites` keeps them. */
export function createOpenCharges(deps: { dynamo: DynamoDBDocumentClient; tableName: string }): OpenCharges {
  const { dynamo, tableName: TableName } = deps;

  const pageOfShard = async (shard: string, { limit, after, sinceAtLatest }: OpenChargesQuery) => {
    // A position is `<since>#<charge id>`, and `$` follows `#`: everything of that very moment is included.
    const last = sinceAtLatest === undefined ? '~' : `${sinceAtLatest}$`;
    if (after !== undefined && after >= last) return [];
    const query: QueryCommandInput = {
      TableName,
      IndexName: statusIndex,
      KeyConditionExpression: 'status_shard = :shard AND since_key BETWEEN :first AND :last',
      // Bounds are inclusive. No position begins with another one, so `!` leaves out nothing but the position itself.
      ExpressionAttributeValues: { ':shard': shard, ':first': after === undefined ? '0' : `${after}!`, ':last': last },
    };
    const { Items = [] } = await dynamo.send(new QueryCommand({ ...query, Limit: limit }));
    return Items.map((stored) => ({ position: stored['since_key'] as string, row: fromItem(stored) }));
  };

  /** Undefined when the condition does not hold, or somebody changes the row right now. */
  const updateIf = async (update: Omit<UpdateCommandInput, 'TableName'>) => {
    try {
      return (await dynamo.send(new UpdateCommand({ TableName, ReturnValues: 'ALL_NEW', ...update }))).Attributes;
    } catch (error) {
      if (isConditionFailure(error) || error instanceof TransactionConflictException) return undefined;
      throw error;
    }
  };

  return {
    async find(accountId, chargeId) {
      const Key = keyOf(accountId, chargeId);
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item && fromItem(Item);
    },
    async page(query) {
      const pages = await Promise.all(shardsOf(query.status).map((shard) => pageOfShard(shard, query)));
      const found = pages.flat().sort((a, b) => (a.position < b.position ? -1 : 1));
      const rows = found.slice(0, query.limit);
      const last = rows.at(-1);
      const more = found.length > query.limit || pages.some((page) => page.length === query.limit);
      return { rows: rows.map(({ row }) => row), ...(more && last ? { next: last.position } : {}) };
    },
    async due(nowMs, limit) {
      const shards = shardsOf('due').map(async (shard) => {
        const query: QueryCommandInput = {
          TableName,
          IndexName: dueIndex,
          KeyConditionExpression: 'due_shard = :shard AND due_at <= :now',
          ExpressionAttributeValues: { ':shard': shard, ':now': nowMs },
        };
        const found: DueCharge[] = [];
        for await (const { Items = [] } of paginateQuery({ client: dynamo, pageSize: limit }, query)) {
          for (const { pk, sk, due_at } of Items) found.push({ key: { pk, sk }, dueAtMs: due_at as number });
          if (found.length >= limit) break;
        }
        return found;
      });
      return (await Promise.all(shards)).flat();
    },
    async claim({ key, dueAtMs }, untilMs) {
      const taken = await updateIf({
        Key: key,
        UpdateExpression: 'SET due_at = :until',
        ConditionExpression: 'due_at = :seen',
        ExpressionAttributeValues: { ':until': untilMs, ':seen': dueAtMs },
      });
      return taken && fromItem(taken);
    },
    async lookAfter({ accountId, chargeId, status }, atMs) {
      await updateIf({
        Key: keyOf(accountId, chargeId),
        UpdateExpression: 'SET due_shard = :shard, due_at = :at',
        ConditionExpression: '#status = :status',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':shard': shardOf('due', chargeId), ':at': atMs, ':status': status },
      });
    },
    async markReported({ accountId, chargeId, status }, at) {
      const marked = await updateIf({
        Key: keyOf(accountId, chargeId),
        UpdateExpression: 'SET reported_at = :at',
        ConditionExpression: '#status = :status AND attribute_not_exists(reported_at)',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':at': at, ':status': status },
      });
      return marked !== undefined;
    },
  };
}
