import { type AttributeValue, BatchWriteItemCommand, type BatchWriteItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { pauseAfter } from '../backoff.ts';
import { type Build, discard, forget } from '../control/control.domain.ts';
import type { ControlStore } from '../control/control-store.ts';
import { ProjectionRefusedError } from '../errors.ts';
import type { Marks } from '../marks/marks.ts';
import { isWalked } from './is-walked.ts';
import { pause } from './pause.ts';
import { itemsOfBuild } from './row-scan.ts';
import { type WalkTiming, walkTiming } from './walk-timing.ts';
import type { WalkStore } from './walk-store.ts';

/** BatchWriteItem takes 25 (a quota of DynamoDB). */
const ITEMS_PER_WRITE = 25;
/** What DynamoDB leaves undone is asked for again. */
const backoff = { firstMs: 100, longestMs: 2_000 };

type Item = Record<string, AttributeValue>;

export interface DropDeps {
  readonly dynamo: DynamoDBDocumentClient;
  readonly control: ControlStore;
  readonly walks: WalkStore;
  readonly progress: { remove(build: Build): Promise<void> };
  readonly refusals: { remove(build: Build): Promise<void> };
  readonly marks: Pick<Marks, 'ofBuild'>;
  readonly marksTable: string;
  /** The table that the rows of a build are in. */
  readonly tableOf: (build: Build) => string;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
  readonly timing?: Partial<WalkTiming> | undefined;
}

/** How many items were deleted. */
export interface Dropped {
  readonly rows: number;
  /** Those that events were given after they had come into the journal; the others are in its items for ever. */
  readonly marks: number;
}

/**
 * Deletes the rows and marks of a build that is neither live nor being built, and with them the way back to it. Takes up what was ended
 * early. Throws ProjectionRefusedError for a build that is needed.
 */
export function createDrop(deps: DropDeps) {
  const { dynamo, control, walks, now } = deps;
  const timing = { ...walkTiming, ...deps.timing };
  return async function drop(
    build: Build,
    options: { signal?: AbortSignal | undefined; onProgress?: ((deleted: number) => void) | undefined } = {},
  ): Promise<Dropped> {
    const tableName = deps.tableOf(build);
    const nobody = { refusal: 'Nothing has been consumed yet: there is no build to drop.' };
    await control.change((current) => (current ? discard(current, build) : nobody));
    // Whoever has just read that it is being built may still add rows to it, as who walks may until it looks: they would stay for ever.
    await pause(timing.unawareMs, options.signal);
    const watch = { walks, timing, now, signal: options.signal };
    while (!options.signal?.aborted && (await isWalked(watch, await walks.read(build))));
    if (options.signal?.aborted) throw new ProjectionRefusedError(interrupted(build));
    let deleted = 0;
    const deleteAll = async (from: string, pages: AsyncIterable<readonly Item[]>): Promise<number> => {
      const before = deleted;
      for await (const items of pages) {
        for (let at = 0; at < items.length; at += ITEMS_PER_WRITE) {
          if (options.signal?.aborted) throw new ProjectionRefusedError(interrupted(build));
          const batch = items.slice(at, at + ITEMS_PER_WRITE);
          await deleteItems(dynamo, from, batch);
          deleted += batch.length;
          options.onProgress?.(deleted);
        }
      }
      return deleted - before;
    };
    const rows = await deleteAll(tableName, rowsOfBuild({ dynamo, tableName }, build));
    const marks = await deleteAll(deps.marksTable, deps.marks.ofBuild(build));
    await deps.progress.remove(build);
    await walks.remove(build);
    await deps.refusals.remove(build);
    await control.change((current) => (current ? forget(current, build) : nobody));
    return { rows, marks };
  };
}

async function* rowsOfBuild(place: Parameters<typeof itemsOfBuild>[0], build: Build): AsyncGenerator<Item[]> {
  for await (const items of itemsOfBuild(place, build, true)) yield items.map(({ item }) => item);
}

const interrupted = (build: Build) => `Interrupted: some of ${build} is left. Drop it again to go on.`;

async function deleteItems(dynamo: DynamoDBDocumentClient, tableName: string, items: readonly Item[]): Promise<void> {
  const requests = items.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk: pk!, sk: sk! } } }));
  let left: BatchWriteItemCommandInput['RequestItems'] = { [tableName]: requests };
  for (let tries = 0; left && Object.keys(left).length > 0; tries += 1) {
    if (tries > 0) await pause(pauseAfter(tries, backoff), undefined);
    left = (await dynamo.send(new BatchWriteItemCommand({ RequestItems: left }))).UnprocessedItems;
  }
}
