import { type DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { StreamGapError } from '../errors.ts';
import type { HistoryPage, LoadedStream, LoadOptions, Recorded, Snapshot } from '../event-store.ts';
import type { AnyEvent, EventCodec } from '../event-types.ts';
import {
  afterEvents,
  commandKey,
  eventKey,
  fromCommandItem,
  fromEventItem,
  fromSnapshotItem,
  snapshotKey,
} from './event-item.ts';

export interface StreamReader<E extends AnyEvent> {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly codec: EventCodec<E>;
  readonly pkOf: (streamId: string) => string;
}

type Item = Record<string, unknown>;

/** Above any stream: the rest of a page is DynamoDB's 1 MB. */
const noLimit = undefined;

/** Strongly consistent: what was appended before the call is seen. Pages end at `limit` items or 1 MB. */
async function page<E extends AnyEvent>(
  { dynamo, tableName, pkOf }: StreamReader<E>,
  streamId: string,
  range: { from: string; to: string; forward: boolean; limit: number | undefined },
): Promise<{ items: Item[]; more: boolean }> {
  const { Items = [], LastEvaluatedKey } = await dynamo.send(
    new QueryCommand({
      TableName: tableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
      ExpressionAttributeValues: { ':pk': pkOf(streamId), ':from': range.from, ':to': range.to },
      ScanIndexForward: range.forward,
      Limit: range.limit,
    }),
  );
  return { items: Items, more: LastEvaluatedKey !== undefined };
}

/**
 * Reads a stream from its end: the snapshot, which sorts after every event, then the newest events, down to the snapshot's
 * version or to the first. So a short stream, and a long one with a snapshot, take one call; and because versions have
 * no gaps, the last one says when everything is there.
 */
export async function loadStream<E extends AnyEvent>(
  reader: StreamReader<E>,
  streamId: string,
  { foldVersion, expectedTail }: LoadOptions,
): Promise<LoadedStream<E>> {
  const wanted = foldVersion !== undefined;
  const newestFirst: Recorded<E>[] = [];
  let snapshot: Snapshot | undefined;
  let lowest = Infinity;
  const floor = () => snapshot?.version ?? 0;
  let to = wanted ? snapshotKey : afterEvents;
  let limit = wanted && expectedTail !== undefined ? expectedTail + 1 : noLimit;
  for (;;) {
    const { items, more } = await page(reader, streamId, { from: eventKey(floor() + 1), to, forward: false, limit });
    for (const item of items) {
      if (item['sk'] === snapshotKey) {
        snapshot = acceptedSnapshot(item, foldVersion);
        continue;
      }
      lowest = item['version'] as number;
      if (lowest > floor()) newestFirst.push(fromEventItem(reader.codec, streamId, item));
    }
    if (!more || lowest <= floor() + 1) break;
    to = lowest === Infinity ? afterEvents : eventKey(lowest - 1);
    limit = noLimit;
  }
  const events = newestFirst.reverse();
  assertNoGap(streamId, events, floor());
  const version = floor() + events.length;
  return snapshot ? { snapshot, events, version } : { events, version };
}

function acceptedSnapshot(item: Item, foldVersion: number | undefined): Snapshot | undefined {
  const snapshot = fromSnapshotItem(item);
  return snapshot.foldVersion === foldVersion ? snapshot : undefined;
}

/** One page forward, for people who read a history. */
export async function readStream<E extends AnyEvent>(
  reader: StreamReader<E>,
  streamId: string,
  after: number,
  limit: number,
): Promise<HistoryPage<E>> {
  const range = { from: eventKey(after + 1), to: afterEvents, forward: true };
  // One more than asked for says whether there is a next page; a page of DynamoDB's may also be full earlier.
  const { items, more } = await page(reader, streamId, { ...range, limit: limit + 1 });
  const events = items.slice(0, limit).map((item) => fromEventItem(reader.codec, streamId, item));
  assertNoGap(streamId, events, after);
  return more || items.length > limit ? { events, next: after + events.length } : { events };
}

/** What a command appended. */
export async function readCommand<E extends AnyEvent>(
  reader: StreamReader<E>,
  streamId: string,
  commandId: string,
): Promise<Recorded<E>[] | undefined> {
  const { dynamo, tableName: TableName, pkOf } = reader;
  const Key = { pk: pkOf(streamId), sk: commandKey(commandId) };
  const { Item } = await dynamo.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  if (Item === undefined) return undefined;
  const { first, last } = fromCommandItem(Item);
  const events: Recorded<E>[] = [];
  while (first + events.length <= last) {
    const after = first - 1 + events.length;
    const { events: next } = await readStream(reader, streamId, after, last - after);
    if (next.length === 0) throw new StreamGapError(streamId, after + 1, undefined);
    events.push(...next);
  }
  return events;
}

/** A history with a hole would be folded into a wrong state without anybody noticing. */
function assertNoGap(streamId: string, events: readonly { version: number }[], after: number): void {
  events.forEach(({ version }, index) => {
    const expected = after + 1 + index;
    if (version !== expected) throw new StreamGapError(streamId, expected, version);
  });
}
