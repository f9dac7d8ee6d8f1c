import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Logger, Probe } from '@atlas/platform';
import { type Build, parseBuild } from '../control/control.domain.ts';
import { ProjectionRefusedError } from '../errors.ts';
import type { Projections } from '../projections.ts';
import { projectionTableNames, rowTableName } from '../tables.ts';
import { createVerify, type Verify } from '../verify/verify.ts';
import { createDrop } from './drop.ts';
import { createFirstBuilds, type FirstBuilds } from './first-builds.ts';
import { createJournalScan } from './journal-scan.ts';
import { createRebuilds, type Rebuilds } from './rebuilds.ts';
import { createStatus, type ProjectionStatus } from './status.ts';
import { createWalkStore } from './walk-store.ts';
import type { WalkTiming } from './walk-timing.ts';

export interface OperationsOptions {
  readonly projections: Projections;
  readonly dynamo: DynamoDBDocumentClient;
  readonly prefix: string;
  readonly logger: Logger;
  /** Makes ids that nobody else makes. */
  readonly newId: () => string;
  readonly clock: () => Date;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
  readonly probe?: Probe;
  readonly timing?: Partial<WalkTiming>;
  /** Events of the journal that are read at once. */
  readonly pageEvents?: number;
}

/** What is done with projections beside counting and reading: by a person at the command line, and by the running service itself. */
export interface ProjectionOperations {
  readonly rebuilds: Rebuilds;
  readonly drop: ReturnType<typeof createDrop>;
  readonly verify: Verify;
  /** Every projection that is declared or known, by name. */
  status(): Promise<ProjectionStatus[]>;
  /** How many events are in the journal, or about how many. */
  journalSize(): Promise<number>;
  /** To be run by every replica of the service. */
  readonly firstBuilds: FirstBuilds;
}

/** Wires the operations over the parts that `createProjections` has made. Nothing is asked of the store before it is used. */
export function createProjectionOperations(options: OperationsOptions): ProjectionOperations {
  const { projections, dynamo, prefix, logger, clock, newId, timing } = options;
  const { now = () => performance.now(), probe = () => {} } = options;
  const { control, declarations, progress, refusals, marks, writer } = projections;
  const names = projectionTableNames(prefix);
  const walks = createWalkStore({ dynamo, tableName: names.control, clock });
  const journal = createJournalScan({ dynamo, tableName: names.journal, pageEvents: options.pageEvents });
  const rebuilds = createRebuilds({
    control,
    declarations,
    progress,
    writer,
    walks,
    refusals,
    journal,
    clock,
    newId,
    now,
    probe,
    timing,
  });
  const tableOf = (build: Build): string => {
    // All versions of a name have one table.
    const declared = declarations.all.find(({ name }) => name === parseBuild(build)?.name);
    if (declared) return rowTableName(prefix, declared);
    throw new ProjectionRefusedError(
      `This code does not declare the projection of ${build}: it does not know its table.`,
    );
  };
  return {
    rebuilds,
    drop: createDrop({
      ...{ dynamo, control, walks, progress, refusals, marks, tableOf, now, timing },
      marksTable: names.marks,
    }),
    verify: createVerify({ dynamo, declarations, journal, marks, tableOf }),
    status: createStatus({ control, declarations, progress, walks }),
    journalSize: () => journal.estimate(),
    firstBuilds: createFirstBuilds({ control, declarations, rebuilds, logger }),
  };
}
