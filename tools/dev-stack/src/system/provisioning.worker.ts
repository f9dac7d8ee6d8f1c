import { enableCompileCache, flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import type { PartName } from '../stack/part-names.ts';
import type { ProvisioningPlan, ProvisioningScope } from './provision.ts';
import type { ProvisioningAnswer, ProvisioningData } from './provisioning.ts';

const { apps, visibilityTimeoutSeconds, compileCache } = workerData as ProvisioningData & { compileCache?: string };

// A thread does not take the cache from its process, and it is ended before it could write what is new there.
if (compileCache !== undefined) enableCompileCache(compileCache);
const { planSchema, planTables, planTopology } = await import('./provision.ts');
flushCompileCache();

const scope: ProvisioningScope = {
  ...{ apps, visibilityTimeoutSeconds },
  region: process.env['AWS_REGION'] ?? '',
  prefix: process.env['ATLAS_PREFIX'] ?? '',
  accountId: process.env['ATLAS_AWS_ACCOUNT_ID'] ?? '',
  databaseUrl: process.env['DATABASE_URL'] ?? '',
};

type Step = { what: string; plan: (scope: ProvisioningScope) => Promise<ProvisioningPlan> };

const steps: Partial<Record<PartName, Step>> = {
  sqs: { what: 'topics and queues', plan: planTopology },
  dynamodb: { what: 'tables', plan: planTables },
  postgres: { what: 'database schema', plan: planSchema },
};

parentPort?.on('message', (part: PartName) => void answer(part));

async function answer(part: PartName): Promise<void> {
  const step = steps[part];
  if (step === undefined) return;
  const { what } = step;
  const say = (told: ProvisioningAnswer) => parentPort?.postMessage(told);
  const startedAt = performance.now();
  try {
    const { changes, extent, apply } = await step.plan(scope);
    say({ part, what, changes });
    await apply();
    const detail = changes.length === 0 ? `${extent}; nothing to change` : extent;
    say({ part, what, detail, ms: performance.now() - startedAt });
  } catch (error) {
    say({ part, what, failure: String(error) });
  }
}
