import { type AttributeValue, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Build, ProjectionControl } from '../control/control.domain.ts';
import type { ControlStore } from '../control/control-store.ts';
import type { Declarations } from '../declarations.ts';
import { ProjectionBuildingError, ProjectionRetiredError } from '../errors.ts';
import type { ProgressStore } from '../progress.ts';
import { addTo } from '../rows/row-adds.ts';
import { decodeRow, keysOfDays, rowPartition, shardPartition } from '../rows/row-key.ts';
import { rowTableName } from '../tables.ts';
import { groupsOf } from './groups.ts';
import type { ProjectedRow, ProjectionReader, Reached, RowsQuery } from './projection-reader.ts';

export interface ProjectionReaderDeps {
  readonly dynamo: DynamoDBDocumentClient;
  readonly prefix: string;
  readonly declarations: Declarations;
  readonly control: Pick<ControlStore, 'read'>;
  readonly progress: Pick<ProgressStore, 'read'>;
}

type Sums = Map<string, bigint>;

const nothing: Reached = { newestEventAt: null, lagMs: null };

/** Makes the reader of projections in DynamoDB. Numbers are read as text and added up as integers of any size. */
export function createProjectionReader(deps: ProjectionReaderDeps): ProjectionReader {
  const { dynamo, prefix, declarations, control, progress } = deps;

  /** Of one shard, in DynamoDB's own form: the document client would make floating-point numbers of them. */
  async function* items({ projection, build, tenant, from, to }: RowsQuery, shard: number) {
    const days = keysOfDays(from, to);
    let after: Record<string, AttributeValue> | undefined;
    do {
      const query = new QueryCommand({
        TableName: rowTableName(prefix, declarations.newest(projection)),
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': { S: shardPartition(rowPartition(build, tenant), shard) },
          ':from': { S: days.from },
          ':to': { S: days.to },
        },
        ExclusiveStartKey: after,
      });
      const { Items = [], LastEvaluatedKey } = await dynamo.send(query);
      yield* Items;
      after = LastEvaluatedKey;
    } while (after !== undefined);
  }

  return {
    async snapshot(projection) {
      // Progress is asked for at the same time or earlier than any row: what it names is in the rows that are read afterwards.
      const [state, all] = await Promise.all([control.read(), progress.read()]);
      const known = state?.projections[projection];
      if (known?.live === undefined) {
        throw known?.retired ? new ProjectionRetiredError(projection) : new ProjectionBuildingError(projection);
      }
      const reached = (build: Build | undefined) => (build === undefined ? undefined : all.get(build)) ?? nothing;
      const { live } = known;
      const previous = continued(known);
      return { live, previous, ...reached(live), previousReached: reached(previous) };
    },

    async isReadable(projection, build) {
      const known = (await control.read())?.projections[projection];
      return known !== undefined && (build === known.live || build === continued(known));
    },

    async *rows(query) {
      const declared = declarations.newest(query.projection);
      const shards = Array.from({ length: declared.shards }, (_, shard) => items(query, shard));
      for await (const group of groupsOf(shards, declared)) {
        const rows = new Map<string, Sums>();
        for (const { row, measure, amount } of group.flatMap(({ adds }) => adds)) {
          const sums = rows.get(row) ?? new Map<string, bigint>();
          rows.set(row, sums);
          addTo(sums, measure, amount);
        }
        yield* inOrder(rows);
      }
    },
  };
}

/** What was live before, and can still be read as it was then. */
const continued = ({ previous, isPreviousMixed }: ProjectionControl): Build | undefined =>
  isPreviousMixed ? undefined : previous;

function inOrder(rows: ReadonlyMap<string, Sums>): ProjectedRow[] {
  const keys = [...rows.keys()].sort();
  return keys.map((key) => ({ row: decodeRow(key), measures: Object.fromEntries(rows.get(key)!) }));
}
