import { isConditionFailure, readItem } from '@atlas/platform';
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { Build } from '../control/control.domain.ts';
import type { Walk } from './walk.domain.ts';

/** A walk as it is kept, and who walks. */
export interface StoredWalk {
  readonly walk: Walk;
  /** Who walks at the moment; undefined when it was put down in order. */
  readonly holder: string | undefined;
  /** One more with every save. Who sees it stand still for long enough may take the walk over, whatever the clocks say. */
  readonly beat: number;
  /** When it was saved last, by the clock of whoever did: for people. */
  readonly savedAt: string;
}

/** Keeps walks, one per build, and lets one process at a time walk. */
export interface WalkStore {
  read(build: Build): Promise<StoredWalk | undefined>;
  /** Makes `holder` the walker, unless somebody was faster or has saved since `seen` was read. */
  claim(seen: StoredWalk | undefined, holder: string, walk: Walk): Promise<boolean>;
  /** False when `holder` is the walker no longer: somebody took over, or the walk was removed. */
  save(holder: string, walk: Walk): Promise<boolean>;
  /** Puts the walk down, for anybody to go on at once. */
  release(holder: string, walk: Walk): Promise<void>;
  remove(build: Build): Promise<void>;
}

const key = z.object({ pk: z.string(), sk: z.string() });
const count = z.int().min(0);
const walkItem = z.object({
  holder: z.string().optional(),
  beat: count,
  saved_at: z.string(),
  walk: z.object({
    build: z.string(),
    registration: z.int(),
    pass: z.int().min(1),
    settled: z.boolean().default(false),
    segments: z.array(z.object({ after: key.optional(), done: z.boolean() })).min(1),
    // Walks that were saved before there were refusals lack it.
    refusals: count.default(0),
    scanned: count,
    total: count,
    failed: count,
    applied: count,
    newestEventAt: z.string().optional(),
  }),
});

const keyOf = (build: Build) => ({ pk: 'WALK', sk: build });

/** Walks in the control table of the projections. */
export function createWalkStore(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly clock: () => Date;
}): WalkStore {
  const { dynamo, tableName: TableName, clock } = options;

  async function unlessRefused(send: () => Promise<unknown>): Promise<boolean> {
    try {
      await send();
      return true;
    } catch (error) {
      if (isConditionFailure(error)) return false;
      throw error;
    }
  }
  const update = (holder: string, walk: Walk, expression: string) =>
    unlessRefused(() =>
      dynamo.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(walk.build),
          UpdateExpression: `SET walk = :walk, saved_at = :at ${expression} ADD beat :one`,
          ConditionExpression: 'holder = :holder',
          ExpressionAttributeValues: { ':holder': holder, ':walk': walk, ':at': clock().toISOString(), ':one': 1 },
        }),
      ),
    );
  return {
    async read(build) {
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key: keyOf(build), ConsistentRead: true }));
      if (!Item) return undefined;
      const { walk, holder, beat, saved_at: savedAt } = readItem(walkItem, Item, 'walk of the journal');
      return { walk: walk as Walk, holder, beat, savedAt };
    },
    claim(seen, holder, walk) {
      const Item = { ...keyOf(walk.build), holder, beat: (seen?.beat ?? 0) + 1, saved_at: clock().toISOString(), walk };
      // Every save, claim and release counts the beat: it alone tells whether this is still what was seen.
      const condition = seen
        ? { ConditionExpression: 'beat = :beat', ExpressionAttributeValues: { ':beat': seen.beat } }
        : { ConditionExpression: 'attribute_not_exists(pk)' };
      return unlessRefused(() => dynamo.send(new PutCommand({ TableName, Item, ...condition })));
    },
    save: (holder, walk) => update(holder, walk, ''),
    async release(holder, walk) {
      await update(holder, walk, 'REMOVE holder');
    },
    async remove(build) {
      await dynamo.send(new DeleteCommand({ TableName, Key: keyOf(build) }));
    },
  };
}
