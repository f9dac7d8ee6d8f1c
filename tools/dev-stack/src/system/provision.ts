import { billingTables } from '@atlas/billing/tables';
import { type Service, topology } from '@atlas/event-contracts';
import { migrate } from '@atlas/gateway/migrations';
import { deadLetterTables, provisionTopology } from '@atlas/messaging';
import { notificationTables } from '@atlas/notification/tables';
import {
  createDynamoClient,
  createSnsClient,
  createSqsClient,
  ensureTables,
  type TableDefinition,
} from '@atlas/platform';
import { reportingTables } from '@atlas/reporting/tables';
import { subscriptionTables } from '@atlas/subscription/tables';

/** For whom, and where, topics, queues, tables and the schema are made. */
export interface ProvisioningScope {
  readonly apps: readonly string[];
  readonly region: string;
  readonly prefix: string;
  readonly accountId: string;
  readonly databaseUrl: string;
  /** Shorter in tests, which cannot wait half a minute for what a killed app had in hand. */
  readonly visibilityTimeoutSeconds?: number | undefined;
}

/** The tables that each app owns. */
const tablesOf: Readonly<Record<string, (prefix: string) => TableDefinition[]>> = {
  billing: billingTables,
  notification: notificationTables,
  reporting: reportingTables,
  subscription: subscriptionTables,
};

/** Makes topics, queues and subscriptions be as the topology has them; the answer says how many there are. */
export async function makeTopology(scope: ProvisioningScope): Promise<string> {
  const { apps, visibilityTimeoutSeconds, ...where } = scope;
  const sns = createSnsClient(where);
  const sqs = createSqsClient(where);
  const services = apps.filter((app): app is Service => app in topology.consumers);
  const made = { topic: 0, queue: 0, subscription: 0, 'dead-letter queue': 0 };
  await provisionTopology({
    ...{ sns, sqs, services },
    ...{ prefix: where.prefix, region: where.region, accountId: where.accountId },
    ...(visibilityTimeoutSeconds === undefined ? {} : { visibilityTimeoutSeconds }),
    onStep: ({ kind }) => void (made[kind] += 1),
  });
  sns.destroy();
  sqs.destroy();
  return `${made.topic} topics, ${made.queue} queues, each with a dead-letter queue`;
}

/** Makes the tables of the apps and of the operators' tools, with the indexes and the expiry that they lack. */
export async function makeTables({ apps, region, prefix }: ProvisioningScope): Promise<string> {
  const dynamo = createDynamoClient({ region });
  const tables = [...deadLetterTables(prefix), ...apps.flatMap((app) => tablesOf[app]?.(prefix) ?? [])];
  await ensureTables(dynamo, tables);
  dynamo.destroy();
  return `${tables.length} tables`;
}

/** Brings PostgreSQL to the schema of this version of the gateway. */
export async function migrateDatabase({ apps, databaseUrl }: ProvisioningScope): Promise<string> {
  if (!apps.includes('gateway')) return 'not needed';
  await migrate(databaseUrl);
  return 'up to date';
}
