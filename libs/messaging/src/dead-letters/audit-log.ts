import { type AttributeValue, type DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { SetupError } from '@atlas/platform';
import { auditTableName } from './audit-table.ts';

/** What an operator did with messages, and to which: the answer to "who sent this again?". */
export interface AuditRecord {
  readonly operationId: string;
  readonly kind: string;
  readonly actor: string;
  readonly startedAt: string;
  /** Missing when the operation is still running, or died. */
  readonly finishedAt?: string;
  readonly state: 'started' | 'finished' | 'failed';
  readonly dryRun: boolean;
  /** What was asked for: filter and limits. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly error?: string;
}

export interface AuditEntry {
  readonly kind: string;
  readonly actor: string;
  readonly dryRun: boolean;
  readonly request: Readonly<Record<string, unknown>>;
}

/** One operation as it goes on: its ids are written down while it acts, not only when it ends well. */
export interface OpenAudit {
  readonly operationId: string;
  add(ids: readonly string[]): Promise<void>;
  finish(counts: Record<string, number>, error?: unknown): Promise<void>;
}

export interface AuditLog {
  /** Writes that the operation begins. Nothing may be done before that is stored. */
  begin(entry: AuditEntry): Promise<OpenAudit>;
  /** The newest operations first. */
  list(limit: number): Promise<AuditRecord[]>;
  /** The event ids (or SQS message ids, where there was no envelope) that an operation acted on, in its order. */
  idsOf(operationId: string): Promise<string[]>;
}

export interface AuditLogOptions {
  readonly dynamo: DynamoDBClient;
  readonly prefix: string;
  readonly clock: () => Date;
  /** Time-ordered (UUID v7), so that operations of one millisecond have an order too. */
  readonly newId: () => string;
}

const OPERATIONS = 'operations';
/** 500 ids of 36 characters are 20 KB of the 400 KB that an item may have. */
const IDS_PER_ITEM = 500;

/** Keeps the audit records in DynamoDB. Throws SetupError when the table does not exist. */
export function createAuditLog({ dynamo, prefix, clock, newId }: AuditLogOptions): AuditLog {
  const table = auditTableName(prefix);
  const put = (pk: string, sk: string, content: object) => {
    const item = { pk: { S: pk }, sk: { S: sk }, content: { S: JSON.stringify(content) } };
    return explainMissing(table, () => dynamo.send(new PutItemCommand({ TableName: table, Item: item })));
  };

  return {
    async begin(entry) {
      const operationId = newId();
      const startedAt = clock().toISOString();
      const write = (record: AuditRecord) => put(OPERATIONS, `${startedAt}#${operationId}`, record);
      const begun: AuditRecord = { ...entry, operationId, startedAt, state: 'started', counts: {} };
      await write(begun);
      let chunks = 0;
      let waiting: string[] = [];
      const writeIds = async () => {
        const ids = waiting.splice(0, IDS_PER_ITEM);
        await put(idsKey(operationId), String(chunks).padStart(6, '0'), ids);
        chunks += 1;
      };
      return {
        operationId,
        async add(ids) {
          waiting = waiting.concat(ids);
          while (waiting.length >= IDS_PER_ITEM) await writeIds();
        },
        async finish(counts, error) {
          while (waiting.length > 0) await writeIds();
          const ended = { ...begun, counts, finishedAt: clock().toISOString() };
          await write(
            error === undefined ? { ...ended, state: 'finished' } : { ...ended, state: 'failed', error: String(error) },
          );
        },
      };
    },
    list: (limit) => query<AuditRecord>(OPERATIONS, { newestFirst: true, limit }),
    idsOf: async (operationId) => (await query<string[]>(idsKey(operationId), {})).flat(),
  };

  async function query<T>(pk: string, options: { newestFirst?: boolean; limit?: number }): Promise<T[]> {
    const { newestFirst = false, limit = Infinity } = options;
    const contents: T[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const command = new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: pk } },
        ConsistentRead: true,
        ScanIndexForward: !newestFirst,
        Limit: Math.min(limit, 1000),
        ExclusiveStartKey: from,
      });
      const page = await explainMissing(table, () => dynamo.send(command));
      for (const item of page.Items ?? []) contents.push(JSON.parse(item['content']?.S ?? 'null') as T);
      from = page.LastEvaluatedKey;
    } while (from !== undefined && contents.length < limit);
    return contents.slice(0, limit);
  }
}

const idsKey = (operationId: string): string => `ids#${operationId}`;

async function explainMissing<T>(table: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    throw new SetupError(
      `Table ${table} does not exist, and no operation is done without its audit record. "npm run stack" creates it on a developer's machine, the infrastructure deployment elsewhere.`,
      { cause: error },
    );
  }
}
