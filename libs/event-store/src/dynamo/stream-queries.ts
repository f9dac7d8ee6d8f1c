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

interface Page {
  readonly items: Item[];
  readonly more: boolean;
}

/** Strongly consistent: what was appended before the call is seen. Pages end at `limit` items or 1 MB. */
async function page<E extends AnyEvent>(
  { dynamo, tableName, pkOf }: StreamReader<E>,
  streamId: string,
  range: { from: string; to: string; forward: boolean; limit?: number | undefined },
): Promise<Page> {
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
  options: LoadOptions,
): Promise<LoadedStream<E>> {
  const newestFirst: Recorded<E>[] = [];
  let snapshot: Snapshot | undefined;
  for await (const backwards of pagesFromTheEnd(reader, streamId, options)) {
    snapshot = backwards.snapshot;
    const after = snapshot?.version ?? 0;
    for (const item of backwards.items) {
      if (versionIn(item) > after) newestFirst.push(fromEventItem(reader.codec, streamId, item));
    }
  }
  const events = newestFirst.reverse();
  const after = snapshot?.version ?? 0;
  assertNoGap(streamId, events, after);
  const version = after + events.length;
  return snapshot ? { snapshot, events, version } : { events, version };
}

async function* pagesFromTheEnd<E extends AnyEvent>(
  reader: StreamReader<E>,
  streamId: string,
  { foldVersion, expectedTail }: LoadOptions,
): AsyncGenerator<{ snapshot: Snapshot | undefined; items: Item[] }> {
  let snapshot: Snapshot | undefined;
  const firstAfter = () => (snapshot?.version ?? 0) + 1;
  const ask = (to: string, limit?: number): Promise<Page> => {
    const asked = page(reader, streamId, { from: eventKey(firstAfter()), to, forward: false, limit });
    // Awaited later: should an event be unreadable meanwhile, nobody is left to hear that this failed as well.
    asked.catch(() => {});
    return asked;
  };
  let next: Promise<Page> | undefined =
    foldVersion === undefined
      ? ask(afterEvents)
      : ask(snapshotKey, expectedTail === undefined ? undefined : expectedTail + 1);
  while (next !== undefined) {
    const { items, more } = (await next) as Page;
    if (items[0]?.['sk'] === snapshotKey) snapshot = acceptedSnapshot(items.shift()!, foldVersion);
    const oldest = items.at(-1);
    const complete: boolean = !more || (oldest !== undefined && versionIn(oldest) <= firstAfter());
    // The next page travels while this one is decoded.
    next = complete ? undefined : ask(oldest === undefined ? afterEvents : eventKey(versionIn(oldest) - 1));
    yield { snapshot, items };
  }
}

const versionIn = (item: Item): number => item['version'] as number;

function acceptedSnapshot(item: Item, foldVersion: number | undefined): Snapshot | undefined {
  const snapshot = fromSnapshotItem(item);
  return snapshot.foldVersion === foldVersion ? snapshot : undefined;
}

/** One page forward, for people who read a history. */
export async function readStream<E extends AnyEvent>(
  ...asked: Parameters<typeof readOnce<E>>
): Promise<HistoryPage<E>> {
  // A query is not isolated from a transaction: of two events that are just being committed it may find the second alone.
  return readOnce(...asked).catch((error: unknown) => {
    if (error instanceof StreamGapError) return readOnce(...asked);
    throw error;
  });
}

async function readOnce<E extends AnyEvent>(
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
