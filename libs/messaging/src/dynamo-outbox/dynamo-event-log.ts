import { setTimeout as delay } from 'node:timers/promises';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type BatchGetCommandOutput,
  type DynamoDBDocumentClient,
  paginateScan,
} from '@aws-sdk/lib-dynamodb';
import type { EventLog, LogSelection } from '../outbox/event-log.ts';
import type { WireMessage } from '../publish/wire-message.ts';
import { backoffMs } from '../publish/backoff.ts';
import { eachAtOnce } from './each-at-once.ts';
import { messageOfItem } from './outbox-item.ts';

export interface DynamoEventLogOptions {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
}

/** How many parts of the table are read at once. */
const scanSegments = 4;
/** BatchGetItem takes 100 keys (AWS quota), and answers with at most 16 MB: the rest comes back as unprocessed. */
const keysPerGet = 100;
/** Before keys that DynamoDB had no capacity for are asked for again. */
const retryLimits = { baseMs: 50, capMs: 2_000 };

interface Found {
  readonly pk: string;
  readonly sk: string;
  readonly created_at: string;
}

/**
 * The log that an outbox in DynamoDB keeps: 90 days. It is found by a scan, because an index by type and time would cost every
 * publication a write for something that operators do once in a while. The keys of what is selected, some 100 bytes each, are held
 * in memory, so that they can be sent oldest first.
 */
export function createDynamoEventLog(options: DynamoEventLogOptions): EventLog {
  return {
    async select(selection) {
      const segments = Array.from({ length: scanSegments }, (_, segment) => segment);
      const parts = await eachAtOnce(segments, scanSegments, (segment) => findIn(options, selection, segment));
      const found = parts.flat().sort(byAge);
      return { total: found.length, pages: () => pagesOf(options, found) };
    },
  };
}

async function findIn(options: DynamoEventLogOptions, selection: LogSelection, Segment: number): Promise<Found[]> {
  const { eventType, since, majors } = selection;
  const found: Found[] = [];
  const versions = Object.fromEntries((majors ?? []).map((major) => [`:${major}`, `${major.slice(1)}.`]));
  const ofMajors = Object.keys(versions).map((name) => `begins_with(event_version, ${name})`);
  const scan = {
    TableName: options.tableName,
    ConsistentRead: true,
    Segment,
    TotalSegments: scanSegments,
    ProjectionExpression: 'pk, sk, created_at',
    FilterExpression: [
      'event_type = :type AND created_at >= :since AND attribute_not_exists(parked)',
      ...(majors ? [`(${ofMajors.join(' OR ') || 'attribute_not_exists(pk)'})`] : []),
    ].join(' AND '),
    ExpressionAttributeValues: { ':type': eventType, ':since': since.toISOString(), ...versions },
  };
  for await (const { Items = [] } of paginateScan({ client: options.dynamo }, scan)) found.push(...(Items as Found[]));
  return found;
}

/** Stamps have one format, and ids are time-ordered: both compare as text. */
function byAge(a: Found, b: Found): number {
  const [one, other] = [a, b].map(({ created_at, pk, sk }) => `${created_at} ${pk} ${sk}`);
  return one! < other! ? -1 : 1;
}

async function* pagesOf(
  options: DynamoEventLogOptions,
  found: readonly Found[],
): AsyncGenerator<readonly WireMessage[]> {
  for (let at = 0; at < found.length; at += keysPerGet) {
    const keys = found.slice(at, at + keysPerGet);
    const items = await get(options, keys);
    // What has expired since it was selected is gone.
    const messages = keys.flatMap(({ pk, sk }) => items.get(`${pk} ${sk}`) ?? []);
    if (messages.length > 0) yield messages;
  }
}

async function get(
  { dynamo, tableName }: DynamoEventLogOptions,
  keys: readonly Found[],
): Promise<Map<string, WireMessage>> {
  const messages = new Map<string, WireMessage>();
  const Keys = keys.map(({ pk, sk }) => ({ pk, sk }));
  let asked: BatchGetCommandInput['RequestItems'] = { [tableName]: { Keys, ConsistentRead: true } };
  for (let tries = 1; asked && Object.keys(asked).length > 0; tries += 1) {
    if (tries > 1) await delay(backoffMs(tries, retryLimits));
    const answer: BatchGetCommandOutput = await dynamo.send(new BatchGetCommand({ RequestItems: asked }));
    for (const item of answer.Responses?.[tableName] ?? []) {
      messages.set(`${item['pk']} ${item['sk']}`, messageOfItem(item));
    }
    asked = answer.UnprocessedKeys;
  }
  return messages;
}
