import { billingTables } from '@atlas/billing/tables';
import { queuesOf, type Service, topology } from '@atlas/event-contracts';
import { migrate, pendingMigrations } from '@atlas/gateway/migrations';
import { applyTopology, deadLetterTables, describeTopologyChange, planProvisioning } from '@atlas/messaging';
import { notificationTables } from '@atlas/notification/tables';
import {
  applyTablePlan,
  createDynamoClient,
  createSnsClient,
  createSqsClient,
  describeTableChange,
  planTableChanges,
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

/** One change in words, in two halves, so that many of a kind can be counted: `create queue`, `atlas-billing-order-events`. */
export interface PlannedChange {
  readonly does: string;
  readonly what: string;
}

/** What was found out without changing anything, and what would put it right. */
export interface ProvisioningPlan {
  /** What it is about: `topics and queues`. */
  readonly of: string;
  /** How much of it there is to be, whether or not it is there already. */
  readonly extent: string;
  readonly changes: readonly PlannedChange[];
  /** What cannot be put right, each with what a person can do. */
  readonly refusals: readonly string[];
  /** Makes the changes. Throws SetupError, and changes nothing, when there are refusals. */
  apply(): Promise<void>;
}

/** The tables that each app owns. */
const tablesOf: Readonly<Record<string, (prefix: string) => TableDefinition[]>> = {
  billing: billingTables,
  notification: notificationTables,
  reporting: reportingTables,
  subscription: subscriptionTables,
};

/** Topics, queues and subscriptions, as the topology has them. */
export async function planTopology(scope: ProvisioningScope): Promise<ProvisioningPlan> {
  const { apps, ...where } = scope;
  const services = apps.filter((app): app is Service => app in topology.consumers);
  const inAws = async <T>(run: (options: Parameters<typeof planProvisioning>[0]) => Promise<T>): Promise<T> => {
    const [sns, sqs] = [createSnsClient(where), createSqsClient(where)];
    return run({ ...where, sns, sqs, services }).finally(() => [sns, sqs].forEach((client) => client.destroy()));
  };
  const changes = await inAws(planProvisioning);
  return {
    of: 'topics and queues',
    extent: `${services.flatMap(queuesOf).length} queues, each with a dead-letter queue`,
    changes: changes.map(describeTopologyChange),
    refusals: [],
    apply: () => inAws((clients) => applyTopology(clients, changes)),
  };
}

/** The tables of the apps and of the operators' tools, with their indexes and expiry. */
export async function planTables({ apps, region, prefix }: ProvisioningScope): Promise<ProvisioningPlan> {
  const tables = [...deadLetterTables(prefix), ...apps.flatMap((app) => tablesOf[app]?.(prefix) ?? [])];
  const inDynamo = async <T>(run: (dynamo: ReturnType<typeof createDynamoClient>) => Promise<T>): Promise<T> => {
    const dynamo = createDynamoClient({ region });
    return run(dynamo).finally(() => dynamo.destroy());
  };
  const plan = await inDynamo((dynamo) => planTableChanges(dynamo, tables));
  return {
    of: 'tables',
    extent: `${tables.length} tables`,
    changes: plan.changes.map(describeTableChange),
    refusals: plan.refusals,
    apply: () => inDynamo((dynamo) => applyTablePlan(dynamo, plan)),
  };
}

/** PostgreSQL's schema, as this version of the gateway needs it. */
export async function planSchema({ apps, databaseUrl }: ProvisioningScope): Promise<ProvisioningPlan> {
  const pending = apps.includes('gateway') ? await pendingMigrations(databaseUrl) : [];
  return {
    of: 'database schema',
    extent: apps.includes('gateway') ? 'that of this version' : 'not needed',
    changes: pending.map((name) => ({ does: 'run migration', what: name })),
    refusals: [],
    apply: async () => void (pending.length > 0 && (await migrate(databaseUrl))),
  };
}
