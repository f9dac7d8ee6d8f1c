import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StackError } from '../errors.ts';
import type { PartName } from '../stack/part-names.ts';
import type { PlannedChange } from './provision.ts';

export interface ProvisioningData {
  apps: string[];
  visibilityTimeoutSeconds: number | undefined;
}

/** What happens in one part, in words for the boot progress: first what is going to be changed, then that it is, or why not. */
export type ProvisioningAnswer =
  | { part: PartName; what: string; changes: readonly PlannedChange[] }
  | { part: PartName; what: string; detail: string; ms: number }
  | { part: PartName; what: string; failure: string };

type Made = Extract<ProvisioningAnswer, { detail: string }>;

export interface Provisioning {
  /**
   * Makes what the apps need in this part; resolves with undefined when they need nothing there. `onPlan` is told before
   * anything is changed.
   */
  provision(
    part: PartName,
    onPlan?: (plan: { what: string; changes: readonly PlannedChange[] }) => void,
  ): Promise<Made | undefined>;
  close(): Promise<void>;
}

/** The parts in which something has to be made before an app can start. */
const provisioned: readonly PartName[] = ['postgres', 'sqs', 'dynamodb'];

/**
 * Makes topics, queues, tables and the database schema in a thread of its own: it has its own environment, which is where
 * the AWS SDK looks for endpoints, and its libraries load while the parts start.
 */
export function startProvisioning(env: Record<string, string>, data: ProvisioningData): Provisioning {
  const worker = new Worker(join(import.meta.dirname, 'provisioning.worker.ts'), {
    env,
    workerData: { ...data, compileCache: process.env['NODE_COMPILE_CACHE'] },
  });
  const pending = new Map<PartName, PromiseWithResolvers<Exclude<ProvisioningAnswer, { changes: unknown }>>>();
  const onPlans = new Map<PartName, Parameters<Provisioning['provision']>[1]>();
  worker.on('message', (answer: ProvisioningAnswer) => {
    if ('changes' in answer) onPlans.get(answer.part)?.(answer);
    else pending.get(answer.part)?.resolve(answer);
  });
  // A worker that could not load answers nobody: its error is the answer to whoever asks.
  worker.on('error', (error) => pending.forEach(({ reject }) => reject(error)));
  worker.on('exit', () => pending.forEach(({ reject }) => reject(new StackError('STOPPED', 'Stopped.'))));
  for (const part of provisioned) pending.set(part, Promise.withResolvers());
  for (const { promise } of pending.values()) promise.catch(() => {});
  return {
    async provision(part, onPlan) {
      const asked = pending.get(part);
      if (asked === undefined) return undefined;
      onPlans.set(part, onPlan);
      worker.postMessage(part);
      const answer = await asked.promise;
      if ('failure' in answer) throw new StackError('PART_FAILED', `${answer.what}: ${answer.failure}`);
      return answer;
    },
    async close() {
      await worker.terminate();
    },
  };
}
