export { defineProjection } from './projection.domain.ts';
export type { Change, Projection } from './projection.domain.ts';
export { projectionTableNames, projectionTables, rowTableName } from './tables.ts';
export type { ProjectionTableNames } from './tables.ts';
export { buildName, parseBuild } from './control/control.domain.ts';
export type { Build, BuildParts, Control, Declared, Decision, ProjectionControl } from './control/control.domain.ts';
export { createControlStore } from './control/control-store.ts';
export type { ControlStore } from './control/control-store.ts';
export { journalEntry, journalKey } from './journal-entry.ts';
export type { JournalEntry, JournalKey } from './journal-entry.ts';
export type { ApplyReport, ProjectionWriter } from './apply/projection-writer.ts';
export type { ProjectedRow, ProjectionReader, ProjectionSnapshot, RowsQuery } from './read/projection-reader.ts';
export {
  BuildGoneError,
  ContendedControlError,
  InvalidChangeError,
  ProjectionBuildingError,
  ProjectionRefusedError,
  UnknownBuildError,
} from './errors.ts';
