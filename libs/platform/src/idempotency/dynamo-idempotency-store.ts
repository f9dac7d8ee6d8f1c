import { randomUUID } from 'node:crypto';
import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { isConditionFailure, type TransactItem } from '../dynamo/dynamo-writes.ts';
import { readItem } from '../dynamo/read-item.ts';
import type { IdempotencyBegin, IdempotencyRequest, IdempotencyStore, StoredResponse } from './store.ts';

/** How long a claim is respected; a request of a service takes well under a second. */
const leaseMs = 30_000;

/** 24 hours are promised; the hour more is for clocks, and because expiry is looked at to the second. */
const keptMs = 25 * 60 * 60 * 1000;

const storedItem = z.object({
  fingerprint: z.string(),
  state: z.enum(['in-progress', 'done']),
  /** The answer as JSON: it may have any shape, also ones that DynamoDB would change (empty sets, undefined). */
  response: z.string().optional(),
  lease_until: z.number(),
  expires_at: z.number(),
});

/**
 * Answered requests in DynamoDB: pk `TENANT#<tenant id>/<user id>/<route>`, sk `KEY#<key>`. A transaction is a list of
 * items; `complete` adds its own, on the condition that the claim is still this one.
 */
export function createDynamoIdempotencyStore(deps: {
  dynamo: DynamoDBDocumentClient;
  tableName: string;
  clock: () => Date;
}): IdempotencyStore<TransactItem[]> {
  const { dynamo, tableName: TableName } = deps;
  const now = () => deps.clock().getTime();

  const read = async (request: IdempotencyRequest) => {
    const { Item } = await dynamo.send(new GetCommand({ TableName, Key: keyOf(request), ConsistentRead: true }));
    return Item === undefined ? undefined : readItem(storedItem, Item, 'idempotency key');
  };
  const claim = async (request: IdempotencyRequest, token: string): Promise<boolean> => {
    try {
      const lease = { lease_until: now() + leaseMs, expires_at: seconds(now() + keptMs) };
      await dynamo.send(
        new PutCommand({
          TableName,
          Item: { ...keyOf(request), fingerprint: request.fingerprint, state: 'in-progress', token, ...lease },
          // DynamoDB deletes expired items when it finds the time; until then they must not count.
          ConditionExpression:
            'attribute_not_exists(pk) OR (#state = :running AND lease_until < :now) OR expires_at < :seconds',
          ExpressionAttributeNames: { '#state': 'state' },
          ExpressionAttributeValues: { ':running': 'in-progress', ':now': now(), ':seconds': seconds(now()) },
        }),
      );
      return true;
    } catch (error) {
      // Also while the transaction of the first one is on its way: who asks again is told so.
      if (isConditionFailure(error) || error instanceof TransactionConflictException) return false;
      throw error;
    }
  };

  return {
    async begin(request): Promise<IdempotencyBegin> {
      const token = randomUUID();
      if (await claim(request, token)) return { state: 'started', claim: { ...request, token } };
      const found = await read(request);
      // Abandoned between the two: whoever comes next may start it.
      if (found === undefined) return { state: 'in-progress' };
      if (found.fingerprint !== request.fingerprint) return { state: 'mismatch' };
      if (found.response === undefined) return { state: 'in-progress' };
      return { state: 'replay', response: JSON.parse(found.response) as StoredResponse };
    },
    async complete(claimed, response, tx) {
      tx.push({
        Update: {
          TableName,
          Key: keyOf(claimed),
          UpdateExpression: 'SET #state = :done, #response = :response',
          ConditionExpression: '#token = :token AND #state = :running',
          ExpressionAttributeNames: { '#state': 'state', '#response': 'response', '#token': 'token' },
          ExpressionAttributeValues: {
            ':done': 'done',
            ':running': 'in-progress',
            ':response': JSON.stringify(response),
            ':token': claimed.token,
          },
        },
      });
    },
    async abandon(claimed) {
      const unfinished = new DeleteCommand({
        TableName,
        Key: keyOf(claimed),
        ConditionExpression: '#token = :token AND #state = :running',
        ExpressionAttributeNames: { '#state': 'state', '#token': 'token' },
        ExpressionAttributeValues: { ':token': claimed.token, ':running': 'in-progress' },
      });
      await dynamo.send(unfinished).catch((error: unknown) => {
        if (!isConditionFailure(error)) throw error;
      });
    },
  };
}

function keyOf({ scope, key }: IdempotencyRequest): { pk: string; sk: string } {
  return { pk: `TENANT#${scope}`, sk: `KEY#${key}` };
}

const seconds = (ms: number): number => Math.floor(ms / 1000);
