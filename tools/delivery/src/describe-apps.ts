import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { deadLetterTables } from '@atlas/messaging';
import { isSecret, type TableDefinition } from '@atlas/platform';
import type { ZodObject, ZodType } from 'zod';

/** The folder of the checkout. */
export const workspaceRoot = resolve(import.meta.dirname, '..', '..', '..');

/** What infrastructure has to know about one app: what it keeps, and what it reads from its environment. */
export interface DescribedApp {
  readonly name: string;
  readonly tables: readonly (Omit<TableDefinition['table'], 'TableName'> & { name: string; ttlAttribute?: string })[];
  readonly environment: readonly { readonly name: string; readonly required: boolean; readonly secret: boolean }[];
}

/** Stands for the prefix while tables are described; no name of ours has it. */
const prefix = 'PREFIX';

/** Everything that infrastructure is made of besides the topology. */
export interface DescribedSystem {
  readonly apps: readonly DescribedApp[];
  /** Tables of the operators' tools, which belong to no app. */
  readonly operatorTables: DescribedApp['tables'];
}

/** Describes the whole workspace. */
export async function describeSystem(root: string = workspaceRoot): Promise<DescribedSystem> {
  return { apps: await describeApps(root), operatorTables: deadLetterTables(prefix).map(describeTable) };
}

/** Describes every app under `apps/` that can be started, by asking its `config.ts` and `tables.ts`. */
export async function describeApps(root: string = workspaceRoot): Promise<DescribedApp[]> {
  const apps = readdirSync(join(root, 'apps'))
    .filter((app) => existsSync(join(root, 'apps', app, 'src', 'main.ts')))
    .sort();
  return Promise.all(apps.map((app) => describeApp(root, app)));
}

async function describeApp(root: string, name: string): Promise<DescribedApp> {
  const source = join(root, 'apps', name, 'src');
  const { configSchema } = (await load(join(source, 'config.ts'))) as { configSchema: ZodObject };
  const tables = existsSync(join(source, 'tables.ts')) ? tablesOf(name, await load(join(source, 'tables.ts'))) : [];
  return { name, tables: tables.map(describeTable), environment: describeEnvironment(configSchema) };
}

// By path, because an app is described as soon as it exists, and no app is imported by name that way.
const load = async (file: string): Promise<Record<string, unknown>> => (await import(file)) as Record<string, unknown>;

function tablesOf(app: string, module: Record<string, unknown>): TableDefinition[] {
  const make = module[`${app}Tables`];
  if (typeof make !== 'function') throw new Error(`apps/${app}/src/tables.ts has no ${app}Tables(prefix)`);
  return (make as (prefix: string) => TableDefinition[])(prefix);
}

function describeTable({ table: { TableName, ...table }, ttlAttribute }: TableDefinition) {
  const name = String(TableName).slice(prefix.length + 1);
  return { name, ...table, ...(ttlAttribute === undefined ? {} : { ttlAttribute }) };
}

function describeEnvironment(schema: ZodObject): DescribedApp['environment'] {
  return Object.entries(schema.shape as Record<string, ZodType>)
    .map(([name, field]) => ({
      name,
      required: !field.safeParse(undefined).success,
      secret: isSecret(schema, name) || (/_URL$/.test(name) && /DATABASE|REDIS|SMTP/.test(name)),
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
