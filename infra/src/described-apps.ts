import { services, type Service } from '@atlas/event-contracts';
import described from './apps.generated.json' with { type: 'json' };

/** A DynamoDB table of an app: its name without the prefix, and the rest as `CreateTable` takes it. */
export type DescribedTable = (typeof described)[number]['tables'][number];

/** What an app keeps and reads; made by `npm run infra:describe` from the app's own `tables.ts` and `config.ts`. */
export interface DescribedApp {
  readonly name: Service;
  readonly tables: readonly DescribedTable[];
  readonly environment: readonly { readonly name: string; readonly required: boolean; readonly secret: boolean }[];
}

/** Every app that exists, in the order of the topology's services. Throws for an app that is no service of the topology. */
export function describedApps(): DescribedApp[] {
  const known: readonly string[] = services;
  for (const { name } of described) {
    if (!known.includes(name)) throw new Error(`apps/${name} is no service of libs/event-contracts`);
  }
  return services.flatMap((name) => described.filter((app) => app.name === name).map((app) => ({ ...app, name })));
}
