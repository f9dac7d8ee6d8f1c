import { dynamoOutboxTable } from '@atlas/messaging';
import { type TableDefinition, tenantTable } from '@atlas/platform';

/** The names of the tables of this service; every key of the first and the last starts with the tenant. */
export interface SubscriptionTableNames {
  subscriptions: string;
  outbox: string;
  idempotency: string;
}

/** Returns the table names for a prefix such as `atlas`. */
export function subscriptionTableNames(prefix: string): SubscriptionTableNames {
  return {
    subscriptions: `${prefix}-subscriptions`,
    outbox: `${prefix}-subscription-outbox`,
    idempotency: `${prefix}-subscription-idempotency`,
  };
}

/** Returns the tables that this service owns, as plain data for provisioning. */
export function subscriptionTables(prefix: string): TableDefinition[] {
  const names = subscriptionTableNames(prefix);
  return [
    tenantTable(names.subscriptions),
    dynamoOutboxTable(names.outbox),
    { ...tenantTable(names.idempotency), ttlAttribute: 'expires_at' },
  ];
}
