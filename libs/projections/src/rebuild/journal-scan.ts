import type { EventKey } from '@atlas/event-contracts';
import { DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, ScanCommand, type ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import { journalEntry, type JournalEntry, type JournalKey } from '../journal-entry.ts';

/** Events of a page at most: few enough that a checkpoint is never far away. DynamoDB ends a page at 1 MB as well. */
const PAGE_EVENTS = 500;

export interface JournalPage {
  readonly entries: readonly JournalEntry[];
  /** Items that no event could be made of. */
  readonly unreadable: readonly { readonly id: string; readonly error: unknown }[];
  /** Events that were looked at, of whatever kind. */
  readonly scanned: number;
  /** Timestamp of the newest event among them. */
  readonly newestEventAt: string | undefined;
  readonly next: JournalKey | undefined;
}

export interface PageRequest {
  readonly segment: number;
  readonly segments: number;
  readonly after?: JournalKey | undefined;
  /** Only events of these keys. */
  readonly events: readonly EventKey[];
  /** Only events that have this mark, or that lack it. */
  readonly mark: { readonly has: string } | { readonly lacks: string } | undefined;
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
      const { Items = [], ScannedCount = 0, LastEvaluatedKey } = answer;
      const read = Items.map((item) => entryOf(item));
      return {
        entries: read.flatMap(({ entry }) => entry ?? []),
        unreadable: read.flatMap(({ unreadable }) => unreadable ?? []),
        scanned: ScannedCount,
        newestEventAt: Items.map(({ timestamp }) => String(timestamp))
          .sort()
          .at(-1),
        next: LastEvaluatedKey as JournalKey | undefined,
      };
    },
    async estimate() {
      const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }));
      return Table?.ItemCount ?? 0;
    },
  };
}

function scanOf({
  segment,
  segments,
  after,
  events,
  mark,
}: PageRequest): Omit<ScanCommandInput, 'TableName' | 'Limit'> {
  const names = events.map((_, index) => `:event${index}`);
  const values = Object.fromEntries(names.map((name, index) => [name, events[index]]));
  const ofEvents = `event_key IN (${names.join(', ')})`;
  const marked = mark && ('has' in mark ? 'contains(marks, :mark)' : 'NOT contains(marks, :mark)');
  return {
    ConsistentRead: true,
    Segment: segment,
    TotalSegments: segments,
    ...(after && { ExclusiveStartKey: { ...after } }),
    FilterExpression: marked ? `${ofEvents} AND ${marked}` : ofEvents,
    ExpressionAttributeValues: { ...values, ...(mark && { ':mark': 'has' in mark ? mark.has : mark.lacks }) },
  };
}

function entryOf(item: Record<string, unknown>): {
  entry?: JournalEntry;
  unreadable?: { id: string; error: unknown };
} {
  try {
    return { entry: journalEntry(item) };
  } catch (error) {
    return { unreadable: { id: String(item['sk']).replace(/^EVENT#/, ''), error } };
  }
}
