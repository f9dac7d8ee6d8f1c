import { type TableDefinition, tenantTable } from '@atlas/platform';

/**
 * A table of streams as plain data for provisioning: pk `<kind>#<stream id>`, sk `EVENT#<version, 12 digits>` for facts,
 * `COMMAND#<id>` for what has been handled, `SNAPSHOT` for the state so far. Nothing in it expires.
 */
export const eventTable = (tableName: string): TableDefinition => tenantTable(tableName);
