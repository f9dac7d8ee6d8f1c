import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { StackError } from '../errors.ts';
import type { PartName } from '../stack/part-names.ts';

export interface ProvisioningData {
  apps: string[];
  visibilityTimeoutSeconds: number | undefined;
}

/** What was made in one part, in words for the boot progress; `failure` says why it could not be. */
export type ProvisioningAnswer =
  { part: PartName; what: string; detail: string; ms: number } | { part: PartName; what: string; failure: string };

export interface Provisioning {
  /** Makes what the apps need in this part; resolves with undefined when they need nothing there. */
  provision(part: PartName): Promise<Extract<ProvisioningAnswer, { detail: string }> | undefined>;
  close(): Promise<void>;
}

/** The parts in which something has to be made before an app can start. */
const provisioned: readonly PartName[] = ['postgres', 'sqs', 'dynamodb'];

/**
 * Makes topics, queues, tables and the database schema in a thread of its own: it has its own environment, which is where
 * the AWS SDK looks for endpoints, and its libraries load while the parts start.
 */
export function startProvisioning(env: Record<string, string>, data: ProvisioningData): Provisioning {
  const worker = new Worker(join(import.meta.dirname, 'provisioning.worker.ts'), { env, workerData: data });
  const pending = new Map<PartName, PromiseWithResolvers<ProvisioningAnswer>>();
  worker.on('message', (answer: ProvisioningAnswer) => pending.get(answer.part)?.resolve(answer));
  // A worker that could not load answers nobody: its error is the answer to whoever asks.
  worker.on('error', (error) => pending.forEach(({ reject }) => reject(error)));
  worker.on('exit', () => pending.forEach(({ reject }) => reject(new StackError('STOPPED', 'Stopped.'))));
  for (const part of provisioned) pending.set(part, Promise.withResolvers());
  for (const { promise } of pending.values()) promise.catch(() => {});
  return {
    async provision(part) {
      const asked = pending.get(part);
      if (asked === undefined) return undefined;
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
