import type { TableDefinition } from '@atlas/platform';

/** `atlas-operator-audit` */
export const auditTableName = (prefix: string): string => `${prefix}-operator-audit`;

/** The tables that the operators' tools own, as plain data for provisioning. */
export function deadLetterTables(prefix: string): TableDefinition[] {
  return [
    {
      table: {
        TableName: auditTableName(prefix),
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
    },
  ];
}
