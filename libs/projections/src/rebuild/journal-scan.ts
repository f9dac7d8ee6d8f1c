import type { EventKey } from '@atlas/event-contracts';
import {
  type AttributeValue,
  DescribeTableCommand,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { journalEntry, type JournalEntry, type JournalKey } from '../journal-entry.ts';

/** Events of a page at most: few enough that a checkpoint is never far away. DynamoDB ends a page at 1 MB as well. */
const PAGE_EVENTS = 500;

type Item = Record<string, AttributeValue>;

export interface JournalPage {
  readonly entries: readonly JournalEntry[];
  /** Items that no event could be made of. */
  readonly unreadable: readonly { readonly id: string; readonly error: unknown }[];
  /** Events that were looked at, of whatever kind. */
  readonly scanned: number;
  /** Timestamp of the newest event among the entries. */
  readonly newestEventAt: string | undefined;
  readonly next: JournalKey | undefined;
}

export interface PageRequest {
  readonly segment: number;
  readonly segments: number;
  readonly after?: JournalKey | undefined;
  /** Only events of these keys. */
  readonly events: readonly EventKey[];
  /** Only events that were put into the journal without this mark. */
  readonly lacks?: string;
}

/** Reads the journal in parts that many can read at the same time. */
export interface JournalScan {
  /** One page, strongly consistent: whatever was committed before the call and lies in its range is in. */
  page(request: PageRequest): Promise<JournalPage>;
  /** About how many events there are; DynamoDB counts every six hours. */
  estimate(): Promise<number>;
}

export function createJournalScan(options: {
  readonly dynamo: DynamoDBDocumentClient;
  readonly tableName: string;
  /** Events of a page at most. */
  readonly pageEvents?: number | undefined;
}): JournalScan {
  const { dynamo, tableName: TableName, pageEvents = PAGE_EVENTS } = options;
  return {
    async page(request) {
      const answer = await dynamo.send(new ScanCommand({ TableName, Limit: pageEvents, ...scanOf(request) }));
      const { Items = [], ScannedCount = 0, LastEvaluatedKey: last } = answer;
      const read = Items.map((item) => entryOf(item));
      const entries = read.flatMap(({ entry }) => entry ?? []);
      return {
        entries,
        unreadable: read.flatMap(({ unreadable }) => unreadable ?? []),
        scanned: ScannedCount,
        newestEventAt: newestOf(entries.map(({ envelope }) => envelope.timestamp)),
        next: last && { pk: last['pk']!.S!, sk: last['sk']!.S! },
      };
    },
    async estimate() {
      const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }));
      return Table?.ItemCount ?? 0;
    },
  };
}

/** In one form: producers write the same moment with and without milliseconds, in UTC or not. */
function newestOf(timestamps: readonly string[]): string | undefined {
  const moments = timestamps.map((text) => Date.parse(text)).filter((moment) => !Number.isNaN(moment));
  if (moments.length === 0) return undefined;
  return new Date(moments.reduce((newest, moment) => Math.max(newest, moment))).toISOString();
}

// In the form of DynamoDB itself: to let the document client translate it costs a fifth more.
function scanOf(request: PageRequest): Omit<ScanCommandInput, 'TableName' | 'Limit'> {
  const { segment, segments, after, events, lacks } = request;
  const names = events.map((_, index) => `:event${index}`);
  const values: Item = Object.fromEntries(names.map((name, index) => [name, { S: events[index]! }]));
  const ofEvents = `event_key IN (${names.join(', ')})`;
  if (lacks !== undefined) values[':mark'] = { S: lacks };
  return {
    ConsistentRead: true,
    Segment: segment,
    TotalSegments: segments,
    ...(after && { ExclusiveStartKey: { pk: { S: after.pk }, sk: { S: after.sk } } }),
    FilterExpression: lacks === undefined ? ofEvents : `${ofEvents} AND NOT contains(marks, :mark)`,
    ExpressionAttributeValues: values,
  };
}

function entryOf(item: Item): { entry?: JournalEntry; unreadable?: { id: string; error: unknown } } {
  const sk = item['sk']?.S ?? '';
  try {
    const plain = { pk: item['pk']?.S, sk, envelope: item['envelope']?.B ?? item['envelope']?.S };
    return { entry: journalEntry({ ...plain, marks: new Set(item['marks']?.SS) }) };
  } catch (error) {
    return { unreadable: { id: sk.replace(/^EVENT#/, ''), error } };
  }
}
