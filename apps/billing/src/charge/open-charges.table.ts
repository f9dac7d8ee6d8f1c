import { type TableDefinition, tenantTable } from '@atlas/platform';

/** Sparse: only charges that somebody has to do something about at a certain time, in the order of these times. */
export const dueIndex = 'due';
/** All open charges by their status, the longest in it first. */
export const statusIndex = 'status';

/** A partition of an index takes 1,000 writes a second, and a query is made per shard. */
const shardCount = 4;

/** The shards of an index whose partitions begin with `name`. */
export function shardsOf(name: string): readonly string[] {
  return Array.from({ length: shardCount }, (_, shard) => `${name}#${shard}`);
}

/** The shard of a charge: its id is a hash, so that any part of it is evenly spread. */
export function shardOf(name: string, chargeId: string): string {
  return `${name}#${(Number.parseInt(chargeId.slice(-4), 16) || 0) % shardCount}`;
}

/**
 * The charges that are not final yet, as plain data for provisioning: pk `TENANT#<account>`, sk `CHARGE#<id>`. Rows are
 * written in the transactions of the account's events and go with the charge's last one.
 */
export function openChargesTable(tableName: string): TableDefinition {
  const { table } = tenantTable(tableName);
  const attribute = (AttributeName: string, AttributeType: 'S' | 'N') => ({ AttributeName, AttributeType });
  const index = (IndexName: string, hash: string, range: string, ProjectionType: 'ALL' | 'KEYS_ONLY') => ({
    IndexName,
    KeySchema: [
      { AttributeName: hash, KeyType: 'HASH' as const },
      { AttributeName: range, KeyType: 'RANGE' as const },
    ],
    Projection: { ProjectionType },
  });
  return {
    table: {
      ...table,
      AttributeDefinitions: [
        ...(table.AttributeDefinitions ?? []),
        attribute('due_shard', 'S'),
        attribute('due_at', 'N'),
        attribute('status_shard', 'S'),
        attribute('since_key', 'S'),
      ],
      GlobalSecondaryIndexes: [
        index(dueIndex, 'due_shard', 'due_at', 'KEYS_ONLY'),
        index(statusIndex, 'status_shard', 'since_key', 'ALL'),
      ],
    },
  };
}
