import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { isConditionFailure, type TransactItem } from '@atlas/platform';
import { dueIndex } from '../tables.ts';
import type { Attempt, NextStep } from './delivery.domain.ts';
import {
  type ClaimedDelivery,
  deliveryKey,
  type DueDelivery,
  inlineBodyBytes,
  type NewDelivery,
  newDeliveryItem,
  payloadKey,
  retentionMs,
  toAttemptItem,
  toDelivery,
  toDueDelivery,
} from './delivery-item.ts';

export type FirstDue = { readonly leaseUntil: number } | { readonly dueAt: number };
export type IndexPosition = Record<string, unknown>;

/**
 * The rows that deliveries are. A row is claimed by a conditional update, and whoever changes it afterwards must show
 * the fence of his claim: a worker whose lease was taken over cannot write any more.
 */
export interface Deliveries {
  /**
   * Makes the body of an event ready for its rows: returns it when each row is to hold it, and keeps it once for all of
   * them when it is large. The first one stays, so that every try sends the same bytes.
   */
  prepareBody(tenantId: string, eventId: string, body: string, now: number): Promise<string | undefined>;
  /** The body of a claimed row; undefined when it is not kept any more. */
  bodyOf(claimed: ClaimedDelivery): Promise<string | undefined>;
  /** Adds the row, or says that it is there: the key is made of event and endpoint, so the write is its own dedupe. */
  insert(delivery: NewDelivery, when: FirstDue, now: number): Promise<'inserted' | 'already-there'>;
  insertion(delivery: NewDelivery, when: FirstDue, now: number): TransactItem;
  /**
   * One page of the rows of a shard that were due before `now`, longest due first; rows in the hands of workers are not
   * due.
   */
  due(
    shard: string,
    now: number,
    from?: IndexPosition,
  ): Promise<{ rows: DueDelivery[]; next?: IndexPosition | undefined }>;
  /** Takes a due row until `leaseUntil`; undefined when another worker was faster. */
  claim(due: DueDelivery, leaseUntil: number): Promise<ClaimedDelivery | undefined>;
  /** Lengthens the lease; false when it was lost. */
  renew(claimed: ClaimedDelivery, leaseUntil: number): Promise<boolean>;
  /** Gives the row back untried, due at `dueAt`; false when the lease was lost. */
  release(claimed: ClaimedDelivery, dueAt: number): Promise<boolean>;
  /** Writes what came of the claim; false when the lease was lost, and then nothing was written. */
  record(claimed: ClaimedDelivery, next: NextStep, attempt: Attempt | undefined): Promise<boolean>;
}

/** Rows per page of the sweep; keys only, so a page is ~100 KB. */
const duePageSize = 500;

/** The deliveries in DynamoDB, with the sparse index `due` over those that are not finished. */
export function createDynamoDeliveries(deps: {
  dynamo: DynamoDBDocumentClient;
  tableName: string;
  pageSize?: number | undefined;
}): Deliveries {
  const { dynamo, tableName: TableName, pageSize = duePageSize } = deps;

  const payloadPut = (tenantId: string, eventId: string, body: string, now: number) => ({
    TableName,
    Item: { ...payloadKey(tenantId, eventId), body, expires_at: Math.ceil((now + retentionMs) / 1000) },
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  const deliveryPut = (delivery: NewDelivery, when: FirstDue, now: number) => ({
    TableName,
    Item: newDeliveryItem(delivery, when, now),
    ConditionExpression: 'attribute_not_exists(pk)',
  });
  const putOnce = async (put: ReturnType<typeof payloadPut> | ReturnType<typeof deliveryPut>) =>
    (await accepted(dynamo.send(new PutCommand(put)))) ? ('inserted' as const) : ('already-there' as const);
  const updateClaimed = (claimed: ClaimedDelivery, expression: string, values: Record<string, unknown>) =>
    accepted(
      dynamo.send(
        new UpdateCommand({
          TableName,
          Key: deliveryKey(claimed),
          UpdateExpression: expression,
          ConditionExpression: '#status = :pending AND fence = :fence',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':pending': 'pending', ':fence': claimed.fence, ...values },
        }),
      ),
    );

  return {
    async prepareBody(tenantId, eventId, body, now) {
      if (Buffer.byteLength(body) <= inlineBodyBytes) return body;
      await putOnce(payloadPut(tenantId, eventId, body, now));
      return undefined;
    },
    async bodyOf({ tenantId, eventId, body }) {
      if (body !== undefined) return body;
      const Key = payloadKey(tenantId, eventId);
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item?.['body'] as string | undefined;
    },
    insert: (delivery, when, now) => putOnce(deliveryPut(delivery, when, now)),
    insertion: (delivery, when, now) => ({ Put: deliveryPut(delivery, when, now) }),
    async due(shard, now, from) {
      const { Items = [], LastEvaluatedKey } = await dynamo.send(
        new QueryCommand({
          TableName,
          IndexName: dueIndex,
          KeyConditionExpression: 'due_shard = :shard AND due_at <= :now',
          ExpressionAttributeValues: { ':shard': shard, ':now': now },
          ExclusiveStartKey: from,
          Limit: pageSize,
        }),
      );
      return { rows: Items.map(toDueDelivery), next: LastEvaluatedKey };
    },
    async claim(due, leaseUntil) {
      try {
        const { Attributes = {} } = await dynamo.send(
          new UpdateCommand({
            TableName,
            Key: deliveryKey(due),
            UpdateExpression: 'SET fence = fence + :one, due_at = :lease, lease_until = :lease',
            // The index lags behind the row; the row itself says whether it is still what the index has shown.
            ConditionExpression: '#status = :pending AND due_at = :seen',
            ExpressionAttributeNames: { '#status': 'status' },
            ExpressionAttributeValues: { ':one': 1, ':lease': leaseUntil, ':seen': due.dueAt, ':pending': 'pending' },
            ReturnValues: 'ALL_NEW',
          }),
        );
        return { ...toDelivery(Attributes), leaseUntil };
      } catch (error) {
        if (isConditionFailure(error)) return undefined;
        throw error;
      }
    },
    renew: (claimed, leaseUntil) =>
      updateClaimed(claimed, 'SET due_at = :lease, lease_until = :lease', { ':lease': leaseUntil }),
    release: (claimed, dueAt) => updateClaimed(claimed, 'SET due_at = :due REMOVE lease_until', { ':due': dueAt }),
    record(claimed, next, attempt) {
      const log = attempt === undefined ? '' : ', attempts = list_append(attempts, :attempt)';
      const values = attempt === undefined ? {} : { ':attempt': [toAttemptItem(attempt)] };
      if (next.status === 'pending') {
        const expression = `SET due_at = :due${log} REMOVE lease_until`;
        return updateClaimed(claimed, expression, { ':due': next.dueAt, ...values });
      }
      const reason = next.status === 'failed' ? { ':reason': next.reason } : {};
      const because = next.status === 'failed' ? ', failure_reason = :reason' : '';
      // Without these two the row leaves the index.
      const expression = `SET #status = :next${because}${log} REMOVE due_shard, due_at, lease_until`;
      return updateClaimed(claimed, expression, { ':next': next.status, ...reason, ...values });
    },
  };
}

/** Whether a conditional write was made; other errors are thrown on. */
async function accepted(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
}
