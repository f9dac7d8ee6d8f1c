import { eventTable } from '@atlas/event-store';
import { dynamoOutboxTable } from '@atlas/messaging';
import type { TableDefinition } from '@atlas/platform';
import { openChargesTable } from './charge/open-charges.table.ts';

/** The names of the tables of this service; every key in them starts with the tenant. */
export interface BillingTableNames {
  readonly events: string;
  readonly outbox: string;
  readonly openCharges: string;
}

/** Returns the table names for a prefix such as `atlas`. */
export function billingTableNames(prefix: string): BillingTableNames {
  return {
    events: `${prefix}-billing-events`,
    outbox: `${prefix}-billing-outbox`,
    openCharges: `${prefix}-billing-open-charges`,
  };
}

/** Returns the tables that this service owns, as plain data for provisioning. */
export function billingTables(prefix: string): TableDefinition[] {
  const names = billingTableNames(prefix);
  return [eventTable(names.events), dynamoOutboxTable(names.outbox), openChargesTable(names.openCharges)];
}
