import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  LimitExceededException,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from '../errors.ts';

/** A DynamoDB table as data: what creates it, and the attribute (epoch seconds) by which its items expire. */
export interface TableDefinition {
  table: CreateTableCommandInput;
  ttlAttribute?: string;
}

/** AWS builds an index over existing items; for the tables of a running system that takes minutes. */
const ACTIVE_DEADLINE_MS = 10 * 60_000;
const POLL_MS = 100;

/**
 * Creates the tables of `definitions` that do not exist, adds indexes and expiry that existing ones lack, and returns when
 * all are active. Running it again, or in several processes at once, changes nothing; nothing is ever removed. Throws a
 * SetupError when an existing table has another key or expiry than its definition: neither can be changed in place.
 */
export async function ensureTables(dynamo: DynamoDBClient, definitions: readonly TableDefinition[]): Promise<void> {
  await Promise.all(definitions.map((definition) => ensureTable(dynamo, definition)));
}

async function ensureTable(dynamo: DynamoDBClient, { table, ttlAttribute }: TableDefinition): Promise<void> {
  const name = String(table.TableName);
  const existing = await describe(dynamo, name);
  if (!existing) await create(dynamo, table);
  const current = await untilActive(dynamo, name);
  assertSameKey(table, current);
  await ensureIndexes(dynamo, table, current);
  if (ttlAttribute !== undefined) await ensureExpiry(dynamo, name, ttlAttribute);
}

async function describe(dynamo: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamo.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function create(dynamo: DynamoDBClient, table: CreateTableCommandInput): Promise<void> {
  try {
    await dynamo.send(new CreateTableCommand(table));
  } catch (error) {
    // Another process creates it right now, which is as good.
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}

async function untilActive(dynamo: DynamoDBClient, name: string): Promise<TableDescription> {
  const deadline = Date.now() + ACTIVE_DEADLINE_MS;
  for (;;) {
    const table = await describe(dynamo, name);
    const indexes = table?.GlobalSecondaryIndexes ?? [];
    if (table?.TableStatus === 'ACTIVE' && indexes.every(({ IndexStatus = 'ACTIVE' }) => IndexStatus === 'ACTIVE')) {
      return table;
    }
    if (Date.now() > deadline) throw new SetupError(`The table ${name} did not become active within 10 minutes.`);
    await delay(POLL_MS);
  }
}

function assertSameKey(wanted: CreateTableCommandInput, actual: TableDescription): void {
  const keyOf = (schema: CreateTableCommandInput['KeySchema']) =>
    (schema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(', ');
  if (keyOf(wanted.KeySchema) === keyOf(actual.KeySchema)) return;
  throw new SetupError(
    `The table ${wanted.TableName} has the key (${keyOf(actual.KeySchema)}), but (${keyOf(wanted.KeySchema)}) is needed. ` +
      'A key cannot be changed: rename or delete the table, then start again.',
  );
}

function missingIndexes(wanted: CreateTableCommandInput, actual: TableDescription): GlobalSecondaryIndex[] {
  const present = new Set((actual.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName));
  return (wanted.GlobalSecondaryIndexes ?? []).filter(({ IndexName }) => !present.has(IndexName));
}

// One index after the other: AWS adds one to a table at a time. Another process may be adding the same ones.
async function ensureIndexes(
  dynamo: DynamoDBClient,
  table: CreateTableCommandInput,
  existing: TableDescription,
): Promise<void> {
  let current = existing;
  for (;;) {
    const [index] = missingIndexes(table, current);
    if (!index) return;
    const refusal = await addIndex(dynamo, table, index);
    current = await untilActive(dynamo, String(table.TableName));
    const stillMissing = missingIndexes(table, current).some(({ IndexName }) => IndexName === index.IndexName);
    if (refusal && stillMissing && !isBusy(refusal)) throw refusal;
  }
}

async function addIndex(
  dynamo: DynamoDBClient,
  { TableName, AttributeDefinitions }: CreateTableCommandInput,
  index: GlobalSecondaryIndex,
): Promise<Error | undefined> {
  const GlobalSecondaryIndexUpdates = [{ Create: index }];
  try {
    await dynamo.send(new UpdateTableCommand({ TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates }));
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function isBusy(error: Error): boolean {
  return error instanceof ResourceInUseException || error instanceof LimitExceededException;
}

async function ensureExpiry(dynamo: DynamoDBClient, name: string, attribute: string): Promise<void> {
  if (await expiresBy(dynamo, name, attribute)) return;
  const TimeToLiveSpecification = { Enabled: true, AttributeName: attribute };
  try {
    await dynamo.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
  } catch (error) {
    // Another process has switched it on in between.
    if (!(await expiresBy(dynamo, name, attribute))) throw error;
  }
}

async function expiresBy(dynamo: DynamoDBClient, name: string, attribute: string): Promise<boolean> {
  const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName: name }));
  const { TimeToLiveStatus: status, AttributeName: actual } = TimeToLiveDescription ?? {};
  if (status !== 'ENABLED' && status !== 'ENABLING') return false;
  if (actual === attribute) return true;
  throw new SetupError(
    `The items of the table ${name} expire by ${actual}, but ${attribute} is needed. Switch its TTL off, then start again.`,
  );
}
