import type { Service } from '@atlas/event-contracts';
import type { TableDefinition } from '@atlas/platform';

/** Sparse: only rows that are not published and not parked, by the time from which any relay may take them. */
export const dueIndex = 'due';
/** Sparse: only rows that were set aside. */
export const parkedIndex = 'parked';
/** The one hash key of the parked index: parked rows are few. */
export const parkedMark = 'parked';

/** Each shard takes 1,000 writes a second (a partition of DynamoDB), and costs one query per sweep. */
const dueShardCount = 4;
export const dueShards: readonly string[] = Array.from({ length: dueShardCount }, (_, shard) => `due-${shard}`);

/** `atlas-billing-outbox` */
export const outboxTableName = (prefix: string, service: Service): string => `${prefix}-${service}-outbox`;

/** The table of one service's outbox, as plain data for provisioning. Published rows expire after 90 days. */
export function dynamoOutboxTable(tableName: string): TableDefinition {
  const attribute = (AttributeName: string, AttributeType: 'S' | 'N') => ({ AttributeName, AttributeType });
  const index = (IndexName: string, hash: string, range: string, attributes: string[]) => ({
    IndexName,
    KeySchema: [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: attributes },
  });
  return {
    table: {
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        attribute('pk', 'S'),
        attribute('sk', 'S'),
        attribute('due_shard', 'S'),
        attribute('due_at', 'N'),
        attribute('parked', 'S'),
        attribute('parked_at', 'S'),
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        index(dueIndex, 'due_shard', 'due_at', ['created_at']),
        index(parkedIndex, 'parked', 'parked_at', [
          ...[
            'event_id',
            'event_version',
            'event_type',
            'tenant_id',
            'subject',
            'created_at',
            'attempts',
            'last_error',
          ],
        ]),
      ],
    },
    ttlAttribute: 'expires_at',
  };
}
