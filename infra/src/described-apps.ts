import { services, type Service } from '@atlas/event-contracts';
import described from './apps.generated.json' with { type: 'json' };

/** A DynamoDB table: its name without the prefix, and the rest as `CreateTable` takes it. */
export interface DescribedTable {
  readonly name: string;
  readonly AttributeDefinitions: readonly { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
  readonly GlobalSecondaryIndexes?: readonly {
    readonly IndexName: string;
    readonly KeySchema: readonly { readonly AttributeName: string; readonly KeyType: string }[];
    readonly Projection: { readonly ProjectionType: string; readonly NonKeyAttributes?: readonly string[] };
  }[];
  /** Epoch seconds after which an item goes. */
  readonly ttlAttribute?: string;
}

/** What an app keeps and reads; made by `npm run infra:describe` from the app's own `tables.ts` and `config.ts`. */
export interface DescribedApp {
  readonly name: Service;
  readonly tables: readonly DescribedTable[];
  readonly environment: readonly { readonly name: string; readonly required: boolean; readonly secret: boolean }[];
}

/** Every app that exists, in the order of the topology's services. Throws for an app that is no service of the topology. */
export function describedApps(): DescribedApp[] {
  const known: readonly string[] = services;
  for (const { name } of described.apps) {
    if (!known.includes(name)) throw new Error(`apps/${name} is no service of libs/event-contracts`);
  }
  return services.flatMap((name) => described.apps.filter((app) => app.name === name).map((app) => ({ ...app, name })));
}

/** The tables of the operators' tools, which belong to no app. */
export const operatorTables = (): readonly DescribedTable[] => described.operatorTables;
