import { isConditionFailure, readItem } from '@atlas/platform';
import { DeleteCommand, type DynamoDBDocumentClient, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { Build } from './control/control.domain.ts';

/** How far a build is: the newest event that it has counted. */
export interface Progress {
  /** Its timestamp, ISO 8601 with milliseconds. */
  readonly newestEventAt: string;
  /** From then until it could be read, in milliseconds; null when a rebuild has counted it. */
  readonly lagMs: number | null;
}

/** Keeps how far each build is. It only ever moves on, whoever writes it and in whatever order. */
export interface ProgressStore {
  write(build: Build, progress: Progress): Promise<void>;
  /** Of all builds, strongly consistent. */
  read(): Promise<ReadonlyMap<Build, Progress>>;
  remove(build: Build): Promise<void>;
}

const progressItem = z.object({ sk: z.string(), newest_event_at: z.string(), lag_ms: z.number().nullable() });

/** Progress in the control table of the projections. */
export function createProgressStore(options: { dynamo: DynamoDBDocumentClient; tableName: string }): ProgressStore {
  const { dynamo, tableName: TableName } = options;
  const keyOf = (build: Build) => ({ pk: 'PROGRESS', sk: build });
  return {
    async write(build, { newestEventAt, lagMs }) {
      const update = new UpdateCommand({
        TableName,
        Key: keyOf(build),
        UpdateExpression: 'SET newest_event_at = :at, lag_ms = :lag',
        ConditionExpression: 'attribute_not_exists(pk) OR newest_event_at < :at',
        ExpressionAttributeValues: { ':at': newestEventAt, ':lag': lagMs },
      });
      await dynamo.send(update).catch((error: unknown) => {
        if (!isConditionFailure(error)) throw error;
      });
    },
    async read() {
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': 'PROGRESS' },
        }),
      );
      return new Map(
        Items.map((item) => {
          const read = readItem(progressItem, item, 'progress of a projection');
          return [read.sk, { newestEventAt: read.newest_event_at, lagMs: read.lag_ms }];
        }),
      );
    },
    async remove(build) {
      await dynamo.send(new DeleteCommand({ TableName, Key: keyOf(build) }));
    },
  };
}
