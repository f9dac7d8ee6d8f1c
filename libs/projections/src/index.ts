export { defineProjection } from './projection.domain.ts';
export type { Change, Projection } from './projection.domain.ts';
export { projectionTableNames, projectionTables, rowTableName } from './tables.ts';
export type { ProjectionTableNames } from './tables.ts';
export { buildName, parseBuild } from './control/control.domain.ts';
export type { Build, BuildParts, Control, Declared, Decision, ProjectionControl } from './control/control.domain.ts';
export { createProjections } from './projections.ts';
export type { Projections, ProjectionsOptions } from './projections.ts';
export { declarationsOf } from './declarations.ts';
export type { Declarations } from './declarations.ts';
export { controlFreshMs } from './apply/known-builds.ts';
export { piecesOf } from './rows/pieces.ts';
export type { Piece } from './rows/pieces.ts';
export { rowsOf } from './rows/row-adds.ts';
export type { RowAdd } from './rows/row-adds.ts';
export { createProgressStore } from './progress.ts';
export type { Progress, ProgressStore } from './progress.ts';
export { createControlStore } from './control/control-store.ts';
export type { ControlStore } from './control/control-store.ts';
export { journalEntry, journalKey } from './journal-entry.ts';
export type { JournalEntry, JournalKey } from './journal-entry.ts';
export type { ApplyReport, ProjectionWriter } from './apply/projection-writer.ts';
export type { ProjectedRow, ProjectionReader, ProjectionSnapshot, RowsQuery } from './read/projection-reader.ts';
export {
  BuildFailedError,
  ContendedControlError,
  InvalidChangeError,
  ProjectionBuildingError,
  ProjectionRefusedError,
  UnknownBuildError,
} from './errors.ts';
export { createProjectionOperations } from './rebuild/operations.ts';
export type { OperationsOptions, ProjectionOperations } from './rebuild/operations.ts';
export type { FirstBuilds } from './rebuild/first-builds.ts';
export type { BuildReport, Rebuilds } from './rebuild/rebuilds.ts';
export type { ProjectionStatus } from './rebuild/status.ts';
export type { WalkOptions } from './rebuild/walker.ts';
export type { Verify, VerifyReport } from './verify/verify.ts';
export type { Difference } from './verify/sums.domain.ts';
export { rowOfSum } from './verify/row-words.ts';
