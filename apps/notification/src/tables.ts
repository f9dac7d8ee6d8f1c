import { type TableDefinition, tenantTable } from '@atlas/platform';

/** The names of the tables of this service; every key in them starts with the tenant. */
export interface NotificationTableNames {
  feed: string;
  contacts: string;
  endpoints: string;
  deliveries: string;
  idempotency: string;
}

/** Sparse index of the deliveries that still have something to do, in the order in which they fall due. */
export const dueIndex = 'due';

/** Returns the table names for a prefix such as `atlas`. */
export function notificationTableNames(prefix: string): NotificationTableNames {
  return {
    feed: `${prefix}-activity-feed`,
    contacts: `${prefix}-notification-contacts`,
    endpoints: `${prefix}-webhook-endpoints`,
    deliveries: `${prefix}-webhook-deliveries`,
    idempotency: `${prefix}-notification-idempotency`,
  };
}

/** Returns the tables that this service owns, as plain data for provisioning. */
export function notificationTables(prefix: string): TableDefinition[] {
  const names = notificationTableNames(prefix);
  return [
    tenantTable(names.feed),
    tenantTable(names.contacts),
    tenantTable(names.endpoints),
    deliveryTable(names.deliveries),
    { ...tenantTable(names.idempotency), ttlAttribute: 'expires_at' },
  ];
}

/**
 * The index holds keys only: the sweep pages past thousands of rows of a dead endpoint, so a row must stay small there,
 * and a claim reads the whole row from the table anyway.
 */
function deliveryTable(name: string): TableDefinition {
  const { table } = tenantTable(name);
  return {
    table: {
      ...table,
      AttributeDefinitions: [
        ...(table.AttributeDefinitions ?? []),
        { AttributeName: 'due_shard', AttributeType: 'S' },
        { AttributeName: 'due_at', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: dueIndex,
          KeySchema: [
            { AttributeName: 'due_shard', KeyType: 'HASH' },
            { AttributeName: 'due_at', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
    },
    ttlAttribute: 'expires_at',
  };
}
