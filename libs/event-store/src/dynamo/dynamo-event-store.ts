import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { VersionConflictError } from '../errors.ts';
import type { AppendOptions, EventStore, Participant, Snapshot } from '../event-store.ts';
import { createEventCodec, type EventOf, type EventTypes } from '../event-types.ts';
import { recordEvents, type Recording } from '../record-events.ts';
import { assertPage } from '../ranges.ts';
import { assertWithinLimits, maxWrites } from './append-limits.ts';
import { refusalOf } from './append-refusal.ts';
import { commandKey, eventKey, snapshotKey, toEventItem } from './event-item.ts';
import { loadStream, readCommand, readStream } from './stream-queries.ts';
import type { TransactItem } from './transact-item.ts';

/** The writes that go into one transaction, in the document client's form. */
export type DynamoTx = TransactItem[];

export interface DynamoEventStoreOptions<Types extends EventTypes> extends Recording {
  readonly dynamo: DynamoDBDocumentClient;
  /** A table as `eventTable` describes it. */
  readonly tableName: string;
  /** What a stream is about, in capitals: its items have the pk `<kind>#<stream id>`. */
  readonly kind: string;
  readonly types: Types;
  readonly participant?: Participant<EventOf<Types>, DynamoTx> | undefined;
}

/**
 * Streams in a DynamoDB table. An append is one transaction of at most 100 writes and 4 MB: the events, each on condition
 * that its version is free, a check that the version before is there, and what goes alongside. An append whose answer was
 * lost and that is repeated by the AWS client is recognised by the ids of its events.
 */
export function createDynamoEventStore<Types extends EventTypes>(
  options: DynamoEventStoreOptions<Types>,
): EventStore<EventOf<Types>, DynamoTx> {
  const { dynamo, tableName: TableName, kind, types, participant } = options;
  const codec = createEventCodec(types);
  const pkOf = (streamId: string) => `${kind}#${streamId}`;
  const reader = { dynamo, tableName: TableName, codec, pkOf };

  const append = async (
    streamId: string,
    expectedVersion: number,
    events: readonly EventOf<Types>[],
    appendOptions: AppendOptions<EventOf<Types>, DynamoTx> = {},
  ) => {
    const { commandId, alongside } = appendOptions;
    const entries = recordEvents({ ...options, codec }, streamId, expectedVersion, events, appendOptions);
    const recorded = entries.map((entry) => entry.recorded);
    const pk = pkOf(streamId);
    const own = entries.map((entry): TransactItem => putNew(TableName, toEventItem(pk, entry)));
    if (commandId !== undefined) own.push(putNew(TableName, commandItem(pk, commandId, recorded)));
    const tx: DynamoTx = [];
    participant?.join(tx, recorded);
    alongside?.(tx, recorded);
    const writes = [...own, ...tx];
    assertWithinLimits(streamId, writes);
    const check = { TableName, Key: { pk, sk: eventKey(expectedVersion) } };
    if (expectedVersion > 0 && writes.length < maxWrites) writes.push(mustExist(check));
    else if (expectedVersion > 0) await assertExists(check, streamId, expectedVersion);
    try {
      await dynamo.send(new TransactWriteCommand({ TransactItems: writes }));
    } catch (error) {
      const eventIds = recorded.map(({ id }) => id);
      const sent = { streamId, expectedVersion, commandId, eventIds, alongsideCount: tx.length };
      const refusal = refusalOf(error, sent);
      if (refusal !== 'committed') throw refusal;
    }
    participant?.committed?.(tx);
    return recorded;
  };

  /** Events are never deleted, so a version that is there before the transaction is there in it. */
  async function assertExists(
    check: { TableName: string; Key: Record<string, string> },
    streamId: string,
    version: number,
  ): Promise<void> {
    const { Item } = await dynamo.send(new GetCommand({ ...check, ConsistentRead: true, ProjectionExpression: 'pk' }));
    if (Item === undefined) throw new VersionConflictError(streamId, version);
  }

  return {
    append,
    load: (streamId, loadOptions = {}) => loadStream(reader, streamId, loadOptions),
    async read(streamId, { after = 0, limit = 100 } = {}) {
      assertPage({ after, limit });
      return readStream(reader, streamId, after, limit);
    },
    eventsOfCommand: (streamId, commandId) => readCommand(reader, streamId, commandId),
    saveSnapshot: (streamId, snapshot) => saveSnapshot(dynamo, TableName, pkOf(streamId), snapshot),
  };
}

function putNew(TableName: string, Item: Record<string, unknown>): TransactItem {
  return {
    Put: {
      TableName,
      Item,
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/** Without it an append at a version that the stream has not reached would leave a gap. */
function mustExist(check: { TableName: string; Key: Record<string, string> }): TransactItem {
  return { ConditionCheck: { ...check, ConditionExpression: 'attribute_exists(pk)' } };
}

function commandItem(pk: string, commandId: string, recorded: readonly { version: number; timestamp: string }[]) {
  const [first, last] = [recorded[0]!, recorded.at(-1)!];
  const versions = { first_version: first.version, last_version: last.version };
  return { pk, sk: commandKey(commandId), ...versions, timestamp: first.timestamp };
}

async function saveSnapshot(
  dynamo: DynamoDBDocumentClient,
  TableName: string,
  pk: string,
  { version, foldVersion, state }: Snapshot,
): Promise<void> {
  const put = new PutCommand({
    TableName,
    Item: { pk, sk: snapshotKey, version, fold_version: foldVersion, state },
    ConditionExpression: 'attribute_not_exists(pk) OR fold_version <> :fold OR version < :version',
    ExpressionAttributeValues: { ':fold': foldVersion, ':version': version },
  });
  await dynamo.send(put).catch((error: unknown) => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  });
}
