export { defineProjection } from './projection.domain.ts';
export type { Change, Projection } from './projection.domain.ts';
export { projectionTableNames, projectionTables, rowTableName } from './tables.ts';
export type { ProjectionTableNames } from './tables.ts';
export { parseBuild } from './control/control.domain.ts';
export type { Build, Declared } from './control/control.domain.ts';
export { createProjections } from './projections.ts';
export type { Projections, ProjectionsOptions } from './projections.ts';
export { rowsOf } from './rows/row-adds.ts';
export { journalKey, storedEnvelope } from './journal-entry.ts';
export type { ApplyReport, ProjectionWriter } from './apply/projection-writer.ts';
export type { ProjectionReader, ProjectionSnapshot } from './read/projection-reader.ts';
export {
  BuildFailedError,
  ProjectionBuildingError,
  ProjectionRefusedError,
  ProjectionRetiredError,
  UnknownBuildError,
} from './errors.ts';
export { createProjectionOperations } from './rebuild/operations.ts';
export type { OperationsOptions, ProjectionOperations } from './rebuild/operations.ts';
export type { BuildReport, Rebuilds } from './rebuild/rebuilds.ts';
export type { ProjectionStatus } from './rebuild/status.ts';
export type { WalkOptions } from './rebuild/walker.ts';
export type { VerifyReport } from './verify/verify.ts';
export type { Difference } from './verify/sums.domain.ts';
export { rowOfSum } from './verify/row-words.ts';
