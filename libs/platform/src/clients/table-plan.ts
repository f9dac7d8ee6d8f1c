import type {
  AttributeDefinition,
  CreateTableCommandInput,
  GlobalSecondaryIndex,
  KeySchemaElement,
  Projection,
  TableDescription,
} from '@aws-sdk/client-dynamodb';

/** A DynamoDB table as data: what creates it, and the attribute (epoch seconds) by which its items expire. */
export interface TableDefinition {
  table: CreateTableCommandInput;
  ttlAttribute?: string;
}

/** What there is of a table, and by which attribute its items expire. */
export interface FoundTable {
  readonly description: TableDescription;
  readonly ttlAttribute?: string | undefined;
}

/** One thing to be done so that a table is as its definition says. */
export type TableChange =
  | { readonly action: 'create'; readonly definition: TableDefinition }
  | { readonly action: 'add index'; readonly definition: TableDefinition; readonly index: GlobalSecondaryIndex }
  | { readonly action: 'expire items' | 'keep items'; readonly definition: TableDefinition; readonly by: string };

/** What has to be done, and what would have to be and cannot: each refusal says what a person can do instead. */
export interface TablePlan {
  readonly definitions: readonly TableDefinition[];
  readonly changes: readonly TableChange[];
  readonly refusals: readonly string[];
}

/**
 * What makes the tables be as they are defined: missing ones are created, missing indexes and expiry added, nothing is removed; an
 * expiry that a definition does not have is switched off, because it deletes items that somebody relies on. Keys, indexes that exist and the attribute
 * of an expiry cannot be changed in place (DynamoDB's UpdateTable, UpdateTimeToLive).
 */
export function planTables(definitions: readonly TableDefinition[], found: ReadonlyMap<string, FoundTable>): TablePlan {
  const plans = definitions.map((definition) => planTable(definition, found.get(String(definition.table.TableName))));
  const changes = plans.flatMap((plan) => plan.changes);
  return { definitions, changes, refusals: plans.flatMap((plan) => plan.refusals) };
}

function planTable(
  definition: TableDefinition,
  found: FoundTable | undefined,
): Pick<TablePlan, 'changes' | 'refusals'> {
  const { table } = definition;
  const expire = expiryChanges(definition, found?.ttlAttribute);
  if (found === undefined) return { changes: [{ action: 'create', definition }, ...expire], refusals: [] };
  const existing = new Map((found.description.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, index]));
  const missing = (table.GlobalSecondaryIndexes ?? []).filter(({ IndexName }) => !existing.has(IndexName));
  const changes = [...missing.map((index): TableChange => ({ action: 'add index', definition, index })), ...expire];
  return { changes, refusals: refusalsOf(definition, found) };
}

function expiryChanges(definition: TableDefinition, found: string | undefined): TableChange[] {
  const { ttlAttribute: wanted } = definition;
  if (wanted !== undefined && found === undefined) return [{ action: 'expire items', definition, by: wanted }];
  if (wanted === undefined && found !== undefined) return [{ action: 'keep items', definition, by: found }];
  return [];
}

function refusalsOf(
  { table, ttlAttribute }: TableDefinition,
  { description, ttlAttribute: expiry }: FoundTable,
): string[] {
  const name = table.TableName;
  const refusals: string[] = [];
  const key = { is: keyText(description), wanted: keyText(table) };
  if (key.is !== key.wanted) {
    refusals.push(
      `The table ${name} has the key (${key.is}), but (${key.wanted}) is needed. ` +
        'A key cannot be changed: rename or delete the table, then start again.',
    );
  }
  for (const index of table.GlobalSecondaryIndexes ?? []) {
    const found = description.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === index.IndexName);
    if (found === undefined) continue;
    const is = indexText(found, description.AttributeDefinitions);
    const wanted = indexText(index, table.AttributeDefinitions);
    if (is === wanted) continue;
    refusals.push(
      `The index ${index.IndexName} of the table ${name} is ${is}, but ${wanted} is needed. ` +
        'An index cannot be changed: give the new one another name, or delete this one, then start again.',
    );
  }
  if (ttlAttribute !== undefined && expiry !== undefined && expiry !== ttlAttribute) {
    refusals.push(
      `The items of the table ${name} expire by ${expiry}, but ${ttlAttribute} is needed. Switch its TTL off, then start again.`,
    );
  }
  return refusals;
}

interface Keyed {
  readonly KeySchema?: KeySchemaElement[] | undefined;
  readonly AttributeDefinitions?: AttributeDefinition[] | undefined;
}

/** `pk HASH, sk RANGE`; what is not text has its type: `due RANGE N`. */
function keyText({ KeySchema = [], AttributeDefinitions = [] }: Keyed): string {
  return KeySchema.map(({ AttributeName, KeyType }) => {
    const type = AttributeDefinitions.find((each) => each.AttributeName === AttributeName)?.AttributeType ?? 'S';
    return `${AttributeName} ${KeyType}${type === 'S' ? '' : ` ${type}`}`;
  }).join(', ');
}

function indexText(
  index: { KeySchema?: KeySchemaElement[] | undefined; Projection?: Projection | undefined },
  AttributeDefinitions: AttributeDefinition[] | undefined,
): string {
  const { ProjectionType = 'ALL', NonKeyAttributes = [] } = index.Projection ?? {};
  const fields = NonKeyAttributes.length === 0 ? '' : ` ${[...NonKeyAttributes].sort().join(', ')}`;
  return `(${keyText({ KeySchema: index.KeySchema, AttributeDefinitions })}) with ${ProjectionType}${fields}`;
}

/** The change in words, in two halves: what is done (`create table`), and to what (`atlas-billing-events`). */
export function describeTableChange(change: TableChange): { does: string; what: string } {
  const name = String(change.definition.table.TableName);
  switch (change.action) {
    case 'create':
      return { does: 'create table', what: name };
    case 'add index':
      return { does: 'add index', what: `${change.index.IndexName} to ${name}` };
    case 'expire items':
      return { does: 'expire items', what: `of ${name} by ${change.by}` };
    case 'keep items':
      return { does: 'keep items', what: `of ${name}, which expire by ${change.by}` };
  }
}
