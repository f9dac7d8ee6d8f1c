import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Logger, Metrics, Probe } from '@atlas/platform';
import { createCommit } from './apply/commit.ts';
import { createProjectionWriter } from './apply/dynamo-projection-writer.ts';
import { createKnownBuilds } from './apply/known-builds.ts';
import type { ProjectionWriter } from './apply/projection-writer.ts';
import { createVisible } from './apply/visible.ts';
import { type ControlStore, createControlStore } from './control/control-store.ts';
import { createRefusals, type Refusals } from './control/refusals.ts';
import { type Declarations, declarationsOf } from './declarations.ts';
import { createProgressStore, type ProgressStore } from './progress.ts';
import type { Projection } from './projection.domain.ts';
import { createProjectionReader } from './read/dynamo-projection-reader.ts';
import type { ProjectionReader } from './read/projection-reader.ts';
import { createMarks, type Marks } from './marks/marks.ts';
import { projectionTableNames } from './tables.ts';

export interface ProjectionsOptions {
  readonly dynamo: DynamoDBDocumentClient;
  /** Starts the names of the tables, such as `atlas`. */
  readonly prefix: string;
  /** Every projection in every version that this code has. */
  readonly projections: readonly Projection[];
  readonly logger: Logger;
  /** Without them nothing is measured, as in a tool. */
  readonly metrics?: Metrics | undefined;
  readonly clock: () => Date;
  /** In [0, 1), for jitter and shards. */
  readonly random: () => number;
  /** Monotonic milliseconds, for how old a reading is. */
  readonly now?: () => number;
  readonly probe?: Probe | undefined;
}

/** The projections of a service, or of a tool that looks after them. Nothing is asked of the store before it is used. */
export interface Projections {
  readonly declarations: Declarations;
  readonly control: ControlStore;
  readonly progress: ProgressStore;
  readonly refusals: Refusals;
  readonly marks: Marks;
  readonly writer: ProjectionWriter;
  readonly reader: ProjectionReader;
}

/**
 * Wires projections over their tables (`projectionTables`). Throws TypeError for declarations that cannot go together.
 *
 * @example
 * const { writer, reader } = createProjections({ dynamo, prefix: 'atlas', projections: [revenueDaily], logger, metrics, clock, random });
 * await writer.apply(events);
 * const { live } = await reader.snapshot('revenue-daily');
 * for await (const { row, measures } of reader.rows({ projection: 'revenue-daily', build: live, tenant, from, to })) …
 */
export function createProjections(options: ProjectionsOptions): Projections {
  const { dynamo, prefix, logger, metrics, clock, random, now = () => performance.now(), probe = () => {} } = options;
  const names = projectionTableNames(prefix);
  const declarations = declarationsOf(options.projections);
  const control = createControlStore({ dynamo, tableName: names.control });
  const progress = createProgressStore({ dynamo, tableName: names.control });
  const refusals = createRefusals({ dynamo, tableName: names.control });
  const marks = createMarks({ dynamo, tableName: names.marks });
  const writer = createProjectionWriter({
    ...{ prefix, declarations, refusals, marks, logger, probe },
    builds: createKnownBuilds({ control, declarations, logger, now, clock }),
    commit: createCommit({ dynamo, journal: names.journal, marks: names.marks, random, probe }),
    visible: createVisible({ progress, clock, logger, metrics }),
  });
  const reader = createProjectionReader({ dynamo, prefix, declarations, control, progress });
  return { declarations, control, progress, refusals, marks, writer, reader };
}
