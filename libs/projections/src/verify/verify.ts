import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Build } from '../control/control.domain.ts';
import type { Declarations } from '../declarations.ts';
import { ProjectionRefusedError } from '../errors.ts';
import type { Marks } from '../marks/marks.ts';
import type { JournalScan } from '../rebuild/journal-scan.ts';
import { type FoldOptions, foldJournal } from './fold.ts';
import { sumsOfBuild, sumsOfRows } from './row-sums.ts';
import { type Difference, differencesOf, judge, mistakeOf, rowKey } from './sums.domain.ts';

/** How often rows that are being written to are looked at again. */
const ROUNDS = 4;

export interface VerifyReport {
  readonly build: Build;
  /** Events that the build has counted, and rows that they are in. */
  readonly events: number;
  readonly rows: number;
  /** Sums that are not what their events come to: something was counted twice, not at all, or written by somebody else. */
  readonly wrong: readonly Difference[];
  /** Rows that were written to whenever they were looked at: nothing can be said of them. */
  readonly moving: number;
  /** Events of the journal that the build has not counted. None in a live build; in one that is being built or was live before, those to come. */
  readonly uncounted: readonly string[];
}

/** Compares a build with the journal. Throws ProjectionRefusedError for a build that this code cannot compute. */
export type Verify = (build: Build, options?: Omit<FoldOptions, 'only'>) => Promise<VerifyReport>;

/** Makes the comparison. Traffic may go on: what differs is looked at again before it is called wrong. */
export function createVerify(deps: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly declarations: Declarations;
  readonly journal: JournalScan;
  readonly marks: Pick<Marks, 'found'>;
  readonly tableOf: (build: Build) => string;
}): Verify {
  const { dynamo, declarations } = deps;
  return async function verify(build, options = {}) {
    const projection = declarations.all.find(({ name, version }) => build.startsWith(`${name}@${version}.`));
    if (!projection) throw new ProjectionRefusedError(`This code does not declare the version of ${build}.`);
    const place = { dynamo, tableName: deps.tableOf(build), shards: projection.shards };
    const fold = (only?: ReadonlySet<string>) => foldJournal(deps, { projection, build }, { ...options, only });

    const first = await fold();
    const rows = await sumsOfBuild(place, build);
    const found = { rows: Math.max(first.sums.rows.size, rows.rows.size), events: first.events };
    // Those that are equal are right: no event was counted in between, or the sums would not be the same.
    let seen: readonly Difference[] = differencesOf(first.sums, rows);
    let open = keysOf(seen);
    const wrong: Difference[] = [];
    let uncounted = first.uncounted;
    for (let round = 1; round <= ROUNDS && open.size > 0; round += 1) {
      const keys = [...open].map(fromKey);
      const before = await sumsOfRows(place, keys);
      const again = await fold(open);
      const { differences, moving } = judge(open, before, again.sums, await sumsOfRows(place, keys));
      const mistakes = new Set(seen.map(mistakeOf));
      const confirmed = differences.filter((difference) => mistakes.has(mistakeOf(difference)));
      wrong.push(...confirmed);
      const doubtful = differences.filter((difference) => !confirmed.includes(difference));
      seen = differences;
      open = new Set([...keysOf(doubtful), ...moving]);
      uncounted = again.uncounted;
    }
    // What was uncounted and has come into the journal in this moment is counted by the time it is looked at again.
    if (uncounted.length > 0) uncounted = intersection(uncounted, (await fold(new Set())).uncounted);
    return { build, ...found, wrong, moving: open.size, uncounted };
  };
}

const keysOf = (differences: readonly Difference[]): Set<string> => new Set(differences.map(rowKey));

function fromKey(key: string): { pk: string; sk: string } {
  const [pk, sk] = JSON.parse(key) as [string, string];
  return { pk, sk };
}

function intersection(some: readonly string[], others: readonly string[]): string[] {
  const also = new Set(others);
  return some.filter((id) => also.has(id));
}
