import { parentPort, workerData } from 'node:worker_threads';
import type { PartName } from '../stack/part-names.ts';
import { makeTables, makeTopology, migrateDatabase, type ProvisioningScope } from './provision.ts';
import type { ProvisioningAnswer, ProvisioningData } from './provisioning.ts';

const { apps, visibilityTimeoutSeconds } = workerData as ProvisioningData;
const scope: ProvisioningScope = {
  ...{ apps, visibilityTimeoutSeconds },
  region: process.env['AWS_REGION'] ?? '',
  prefix: process.env['ATLAS_PREFIX'] ?? '',
  accountId: process.env['ATLAS_AWS_ACCOUNT_ID'] ?? '',
  databaseUrl: process.env['DATABASE_URL'] ?? '',
};

type Step = { what: string; run: () => Promise<string> };

const steps: Partial<Record<PartName, Step>> = {
  sqs: { what: 'topics and queues', run: () => makeTopology(scope) },
  dynamodb: { what: 'tables', run: () => makeTables(scope) },
  postgres: { what: 'database schema', run: () => migrateDatabase(scope) },
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
