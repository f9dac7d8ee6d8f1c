import { type AttributeValue, BatchWriteItemCommand, type BatchWriteItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type Build, discard, forget } from '../control/control.domain.ts';
import type { ControlStore } from '../control/control-store.ts';
import { ProjectionRefusedError } from '../errors.ts';
import { pause } from './pause.ts';
import { itemsOfBuild } from './row-scan.ts';
import { walkTiming } from './walk-timing.ts';
import type { WalkStore } from './walk-store.ts';

/** BatchWriteItem takes 25 (a quota of DynamoDB). */
const ITEMS_PER_WRITE = 25;

export interface DropDeps {
  readonly dynamo: DynamoDBDocumentClient;
  readonly control: ControlStore;
  readonly walks: WalkStore;
  readonly progress: { remove(build: Build): Promise<void> };
  readonly refusals: { remove(build: Build): Promise<void> };
  /** The table that the rows of a build are in. */
  readonly tableOf: (build: Build) => string;
  readonly unawareMs?: number | undefined;
}

/**
 * Deletes the rows of a build that is neither live nor being built, and with them the way back to it. Takes up what was ended
 * early. Answers how many items were deleted; throws ProjectionRefusedError for a build that is needed.
 */
export function createDrop(deps: DropDeps) {
  const { dynamo, control, unawareMs = walkTiming.unawareMs } = deps;
  return async function drop(
    build: Build,
    options: { signal?: AbortSignal | undefined; onProgress?: ((deleted: number) => void) | undefined } = {},
  ): Promise<number> {
    const tableName = deps.tableOf(build);
    const nobody = { refusal: 'Nothing has been consumed yet: there is no build to drop.' };
    await control.change((current) => (current ? discard(current, build) : nobody));
    // Whoever has just read that it is being built may still add rows to it: they would stay for ever.
    if (!(await pause(unawareMs, options.signal))) throw new ProjectionRefusedError(interrupted(build));
    let deleted = 0;
    for await (const items of itemsOfBuild({ dynamo, tableName }, build, true)) {
      for (let at = 0; at < items.length; at += ITEMS_PER_WRITE) {
        if (options.signal?.aborted) throw new ProjectionRefusedError(interrupted(build));
        const batch = items.slice(at, at + ITEMS_PER_WRITE).map(({ item }) => item);
        await deleteItems(dynamo, tableName, batch);
        deleted += batch.length;
        options.onProgress?.(deleted);
      }
    }
    await deps.progress.remove(build);
    await deps.walks.remove(build);
    await deps.refusals.remove(build);
    await control.change((current) => (current ? forget(current, build) : nobody));
    return deleted;
  };
}

const interrupted = (build: Build) => `Interrupted: rows of ${build} are left. Drop it again to go on.`;

async function deleteItems(
  dynamo: DynamoDBDocumentClient,
  tableName: string,
  items: readonly Record<string, AttributeValue>[],
): Promise<void> {
  const requests = items.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk: pk!, sk: sk! } } }));
  let left: BatchWriteItemCommandInput['RequestItems'] = { [tableName]: requests };
  for (let attempt = 0; left && Object.keys(left).length > 0; attempt += 1) {
    if (attempt > 0) await pause(Math.min(2_000, 50 * 2 ** attempt), undefined);
    left = (await dynamo.send(new BatchWriteItemCommand({ RequestItems: left }))).UnprocessedItems;
  }
}
