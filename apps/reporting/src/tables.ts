import { projectionTables } from '@atlas/projections';
import type { TableDefinition } from '@atlas/platform';
import { projections } from './projections.ts';

/** The tables that this service owns, as plain data for provisioning: journal, control, and one per projection. */
export function reportingTables(prefix: string): TableDefinition[] {
  return projectionTables(prefix, projections);
}
