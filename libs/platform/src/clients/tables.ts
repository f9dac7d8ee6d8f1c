import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  LimitExceededException,
  ResourceInUseException,
  ResourceNotFoundException,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as delay } from 'node:timers/promises';
import { SetupError } from '../errors.ts';
import { explained } from './aws-refusals.ts';
import { type FoundTable, planTables, type TableChange, type TableDefinition, type TablePlan } from './table-plan.ts';

/** AWS builds an index over existing items; for the tables of a running system that takes minutes. */
const ACTIVE_DEADLINE_MS = 10 * 60_000;
const POLL_MS = 100;

/**
 * Creates the tables of `definitions` that do not exist, adds indexes and expiry that existing ones lack, switches an expiry off that
 * they are not to have, and returns when all are active. Running it again, or in several processes at once, changes nothing; nothing is ever removed. Throws a
 * SetupError, and changes nothing, when an existing table has another key, index or expiry than its definition.
 */
export async function ensureTables(dynamo: DynamoDBClient, definitions: readonly TableDefinition[]): Promise<void> {
  await applyTablePlan(dynamo, await planTableChanges(dynamo, definitions));
}

/** What would have to change so that the tables are as they are defined. Changes nothing. Throws SetupError when access is denied. */
export async function planTableChanges(
  dynamo: DynamoDBClient,
  definitions: readonly TableDefinition[],
): Promise<TablePlan> {
  const found = await explained('look at tables', () =>
    Promise.all(definitions.map((definition) => inspect(dynamo, definition))),
  );
  return planTables(definitions, new Map(found.flatMap((each) => (each === undefined ? [] : [each]))));
}

/**
 * Does what was planned, and returns when all tables of the plan are active. Another process may do the same at the same time.
 * Throws SetupError, and changes nothing, when something was refused.
 */
export async function applyTablePlan(dynamo: DynamoDBClient, plan: TablePlan): Promise<void> {
  const { definitions, changes, refusals } = plan;
  if (refusals.length > 0) throw new SetupError(refusals.join('\n'));
  const byTable = Map.groupBy(changes, ({ definition }) => definition);
  // Also those that need no change: what another process is making at this moment is not there to be used yet.
  await explained('set up tables', () =>
    Promise.all(definitions.map((definition) => applyToTable(dynamo, definition, byTable.get(definition) ?? []))),
  );
}

// One change after the other: AWS adds one index to a table at a time, and refuses changes of a table that is not active.
async function applyToTable(
  dynamo: DynamoDBClient,
  definition: TableDefinition,
  changes: readonly TableChange[],
): Promise<void> {
  for (const change of changes) {
    // Another process was faster, perhaps with another definition: look again.
    if (change.action === 'create' && !(await create(dynamo, definition))) return ensureTables(dynamo, [definition]);
    await untilActive(dynamo, String(definition.table.TableName));
    if (change.action === 'add index') await addIndex(dynamo, change);
    if (change.action === 'expire items' || change.action === 'keep items') await setExpiry(dynamo, change);
  }
  await untilActive(dynamo, String(definition.table.TableName));
}

async function inspect(dynamo: DynamoDBClient, { table }: TableDefinition): Promise<[string, FoundTable] | undefined> {
  const name = String(table.TableName);
  const description = await describe(dynamo, name);
  if (description === undefined) return undefined;
  return [name, { description, ttlAttribute: await expiryOf(dynamo, name) }];
}

async function describe(dynamo: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await dynamo.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** The attribute by which the items expire, or undefined when they do not. */
async function expiryOf(dynamo: DynamoDBClient, name: string): Promise<string | undefined> {
  const { TimeToLiveDescription } = await dynamo.send(new DescribeTimeToLiveCommand({ TableName: name }));
  const { TimeToLiveStatus: status, AttributeName } = TimeToLiveDescription ?? {};
  return status === 'ENABLED' || status === 'ENABLING' ? AttributeName : undefined;
}

/** Whether this process has created it; false when it exists already. */
async function create(dynamo: DynamoDBClient, { table }: TableDefinition): Promise<boolean> {
  try {
    await dynamo.send(new CreateTableCommand(table));
    return true;
  } catch (error) {
    if (error instanceof ResourceInUseException) return false;
    throw error;
  }
}

async function addIndex(dynamo: DynamoDBClient, change: Extract<TableChange, { action: 'add index' }>): Promise<void> {
  const { TableName, AttributeDefinitions } = change.definition.table;
  const GlobalSecondaryIndexUpdates = [{ Create: change.index }];
  for (;;) {
    try {
      await dynamo.send(new UpdateTableCommand({ TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates }));
      return;
    } catch (error) {
      // Another process adds it, or another index, right now.
      const { GlobalSecondaryIndexes = [] } = await untilActive(dynamo, String(TableName));
      if (GlobalSecondaryIndexes.some(({ IndexName }) => IndexName === change.index.IndexName)) return;
      if (!(error instanceof ResourceInUseException || error instanceof LimitExceededException)) throw error;
    }
  }
}

async function setExpiry(
  dynamo: DynamoDBClient,
  { action, by, definition }: Extract<TableChange, { action: 'expire items' | 'keep items' }>,
): Promise<void> {
  const TableName = String(definition.table.TableName);
  const Enabled = action === 'expire items';
  try {
    const TimeToLiveSpecification = { Enabled, AttributeName: by };
    await dynamo.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  } catch (error) {
    // Another process has done it in between.
    if ((await expiryOf(dynamo, TableName)) !== (Enabled ? by : undefined)) throw error;
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
