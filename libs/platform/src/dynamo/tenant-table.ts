import type { TableDefinition } from '../clients/table-plan.ts';

/** A table with the string key `pk` (which begins with the tenant) and `sk`, paid per request. */
export function tenantTable(name: string): TableDefinition {
  return {
    table: {
      TableName: name,
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
