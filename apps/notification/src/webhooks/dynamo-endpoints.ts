import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { isConditionFailure, type TransactItem } from '@atlas/platform';
import type { Endpoint, EndpointHealth, SwitchOffReason } from './endpoint.domain.ts';
import { endpointKey, replacementOf, toEndpoint, toItem } from './endpoint-item.ts';

/** The webhook endpoints of all tenants. Every method needs the tenant, because every key starts with it. */
export interface Endpoints {
  /** All endpoints of the tenant, oldest first. Consistent: an endpoint that was just made gets the next event. */
  list(tenantId: string): Promise<Endpoint[]>;
  get(tenantId: string, endpointId: string): Promise<Endpoint | undefined>;
  /** The write that adds a new endpoint, for a transaction. */
  insertion(endpoint: Endpoint): TransactItem;
  /** The write that turns `before` into `after`, refused when somebody else has changed it since; for a transaction. */
  replacement(before: Endpoint, after: Endpoint): TransactItem;
  /** False when there was none. */
  remove(tenantId: string, endpointId: string): Promise<boolean>;
  /** Notes failures for all replicas; does nothing when the health is not what `seen` says any more. */
  noteFailing(seen: Endpoint, health: EndpointHealth): Promise<void>;
  /** Forgets the failures after a success. */
  noteRecovered(endpoint: Endpoint): Promise<void>;
  /** The write that switches an active endpoint off, refused when its health has changed since; for a transaction. */
  switchOff(seen: Endpoint, reason: SwitchOffReason, now: number): TransactItem;
}

/** The endpoints in DynamoDB. */
export function createDynamoEndpoints(deps: { dynamo: DynamoDBDocumentClient; tableName: string }): Endpoints {
  const { dynamo, tableName } = deps;
  const updateHealth = (seen: Endpoint, expression: string, values: Record<string, unknown>, condition: string) =>
    ignoringRefusal(
      dynamo.send(
        new UpdateCommand({
          TableName: tableName,
          Key: endpointKey(seen.tenantId, seen.endpointId),
          UpdateExpression: expression,
          ConditionExpression: `#status = :active AND ${condition}`,
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':active': 'active', ...values },
        }),
      ),
    );

  return {
    async list(tenantId) {
      const found: Endpoint[] = [];
      let from: Record<string, unknown> | undefined;
      do {
        const page = await dynamo.send(
          new QueryCommand({
            TableName: tableName,
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :endpoints)',
            ExpressionAttributeValues: { ':pk': `TENANT#${tenantId}`, ':endpoints': 'ENDPOINT#' },
            ConsistentRead: true,
            ExclusiveStartKey: from,
          }),
        );
        found.push(...(page.Items ?? []).map(toEndpoint));
        from = page.LastEvaluatedKey;
      } while (from);
      return found;
    },
    async get(tenantId, endpointId) {
      const { Item } = await dynamo.send(
        new GetCommand({ TableName: tableName, Key: endpointKey(tenantId, endpointId), ConsistentRead: true }),
      );
      return Item === undefined ? undefined : toEndpoint(Item);
    },
    insertion: (endpoint) => ({
      Put: { TableName: tableName, Item: toItem(endpoint), ConditionExpression: 'attribute_not_exists(pk)' },
    }),
    replacement: (before, after) => ({ Update: { TableName: tableName, ...replacementOf(before, after) } }),
    async remove(tenantId, endpointId) {
      const { Attributes } = await dynamo.send(
        new DeleteCommand({ TableName: tableName, Key: endpointKey(tenantId, endpointId), ReturnValues: 'ALL_OLD' }),
      );
      return Attributes !== undefined;
    },
    async noteFailing(seen, { failingSince, lastFailureAt, notBefore }) {
      const pause = notBefore === undefined ? '' : ', not_before = :pause';
      const seenHealth = sameHealth(seen);
      await updateHealth(
        seen,
        `SET failing_since = :since, last_failure_at = :last${pause}`,
        {
          ':since': failingSince,
          ':last': lastFailureAt,
          ...(notBefore === undefined ? {} : { ':pause': notBefore }),
          ...seenHealth.values,
        },
        seenHealth.condition,
      );
    },
    async noteRecovered(endpoint) {
      await updateHealth(
        endpoint,
        'REMOVE failing_since, last_failure_at, not_before',
        {},
        'attribute_exists(failing_since)',
      );
    },
    switchOff(seen, reason, now) {
      // 410 is said by the endpoint now; a streak of failures may have ended since it was read.
      const streak = reason === 'failing' ? sameHealth(seen) : { condition: '#status = :active', values: {} };
      return {
        Update: {
          TableName: tableName,
          Key: endpointKey(seen.tenantId, seen.endpointId),
          UpdateExpression:
            'SET #status = :off, off_reason = :reason, off_at = :now, version = :next, updated_at = :now ' +
            'REMOVE failing_since, last_failure_at, not_before',
          ConditionExpression: `#status = :active AND version = :version AND ${streak.condition}`,
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: {
            ':active': 'active',
            ':off': 'off',
            ':reason': reason,
            ':now': now,
            ':version': seen.version,
            ':next': seen.version + 1,
            ...streak.values,
          },
        },
      };
    },
  };
}

/**
 * A try that began before the endpoint recovered must not bring the old streak of failures back, so the start of the
 * streak has to be the one that was seen.
 */
function sameHealth(seen: Endpoint): { condition: string; values: Record<string, unknown> } {
  const since = seen.status === 'active' ? seen.failingSince : undefined;
  if (since === undefined) return { condition: 'attribute_not_exists(failing_since)', values: {} };
  return { condition: 'failing_since = :seen', values: { ':seen': since } };
}

async function ignoringRefusal(write: Promise<unknown>): Promise<void> {
  await write.catch((error: unknown) => {
    if (!isConditionFailure(error)) throw error;
  });
}
