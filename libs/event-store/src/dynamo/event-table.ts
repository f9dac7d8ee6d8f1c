import type { TableDefinition } from '@atlas/platform';

/**
 * A table of streams as plain data for provisioning: pk `<kind>#<stream id>`, sk `EVENT#<version, 12 digits>` for facts,
 * `COMMAND#<id>` for what has been handled, `SNAPSHOT` for the state so far. Nothing in it expires.
 */
export function eventTable(tableName: string): TableDefinition {
  return {
    table: {
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    },
  };
}
