import { parentPort, workerData } from 'node:worker_threads';
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
import type { PartName } from '../stack/part-names.ts';
import type { ProvisioningAnswer, ProvisioningData } from './provisioning.ts';

const { apps, visibilityTimeoutSeconds } = workerData as ProvisioningData;
const region = process.env['AWS_REGION'] ?? '';
const prefix = process.env['ATLAS_PREFIX'] ?? '';

/** The tables that each app owns. */
const tablesOf: Readonly<Record<string, (prefix: string) => TableDefinition[]>> = {
  billing: billingTables,
  notification: notificationTables,
  reporting: reportingTables,
  subscription: subscriptionTables,
};

type Step = { what: string; run: () => Promise<string> };

const steps: Partial<Record<PartName, Step>> = {
  sqs: { what: 'topics and queues', run: makeTopology },
  dynamodb: { what: 'tables', run: makeTables },
  postgres: { what: 'database schema', run: migrateDatabase },
};

parentPort?.on('message', (part: PartName) => void answer(part));

async function answer(part: PartName): Promise<void> {
  const step = steps[part];
  if (step === undefined) return;
  const startedAt = performance.now();
  const result = await step.run().then(
    (detail): ProvisioningAnswer => ({ part, what: step.what, detail, ms: performance.now() - startedAt }),
    (error: unknown): ProvisioningAnswer => ({ part, what: step.what, failure: String(error) }),
  );
  parentPort?.postMessage(result);
}

async function makeTopology(): Promise<string> {
  const sns = createSnsClient({ region });
  const sqs = createSqsClient({ region });
  const accountId = process.env['ATLAS_AWS_ACCOUNT_ID'] ?? '';
  const services = apps.filter((app): app is Service => app in topology.consumers);
  const made = { topic: 0, queue: 0, subscription: 0, 'dead-letter queue': 0 };
  await provisionTopology({
    ...{ sns, sqs, prefix, region, accountId, services },
    ...(visibilityTimeoutSeconds === undefined ? {} : { visibilityTimeoutSeconds }),
    onStep: ({ kind }) => void (made[kind] += 1),
  });
  sns.destroy();
  sqs.destroy();
  return `${made.topic} topics, ${made.queue} queues, each with a dead-letter queue`;
}

async function makeTables(): Promise<string> {
  const dynamo = createDynamoClient({ region });
  const tables = [...deadLetterTables(prefix), ...apps.flatMap((app) => tablesOf[app]?.(prefix) ?? [])];
  await ensureTables(dynamo, tables);
  dynamo.destroy();
  return `${tables.length} tables`;
}

async function migrateDatabase(): Promise<string> {
  if (!apps.includes('gateway')) return 'not needed';
  await migrate(process.env['DATABASE_URL'] ?? '');
  return 'up to date';
}
