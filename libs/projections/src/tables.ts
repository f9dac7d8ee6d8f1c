import { type TableDefinition, tenantTable } from '@atlas/platform';
import type { Projection } from './projection.domain.ts';

/** The names of the tables that all projections of a service share. */
export interface ProjectionTableNames {
  /** Every event that was ever counted, once, with the marks of the builds that counted it when it was put there. Nothing in it is ever changed. */
  readonly journal: string;
  /** The marks that events were given later, each an item of its own. */
  readonly marks: string;
  /** Which builds there are, how far each is, and where a walk of the journal was. */
  readonly control: string;
}

/** The shared tables for a prefix such as `atlas`. */
export function projectionTableNames(prefix: string): ProjectionTableNames {
  return {
    journal: `${prefix}-reporting-journal`,
    marks: `${prefix}-reporting-marks`,
    control: `${prefix}-reporting-projections`,
  };
}

/** The table of a projection's rows for a prefix such as `atlas`. */
export function rowTableName(prefix: string, { table }: Pick<Projection, 'table'>): string {
  return `${prefix}-${table}`;
}

/** The shared tables and one for each projection, as plain data for provisioning. Nothing in them expires. */
export function projectionTables(prefix: string, projections: readonly Projection[]): TableDefinition[] {
  const shared = Object.values(projectionTableNames(prefix));
  const rows = projections.map((projection) => rowTableName(prefix, projection));
  return [...new Set([...shared, ...rows])].map((name) => tenantTable(name));
}
