import { join } from 'node:path';
import type { ProcessSpec } from '../process/service-process.ts';
import type { PartOptions } from './part-options.ts';

/** The way to an SNS and SQS that run elsewhere: a stack cannot stop those, but it can be cut off from them. */
export function prepareSqsDoor(options: PartOptions & { url: string }): ProcessSpec {
  const { port, url } = options;
  return {
    name: 'sqs',
    command: process.execPath,
    args: [join(import.meta.dirname, 'sqs-door-main.ts')],
    env: { PATH: process.env['PATH'], SQS_PORT: String(port), ATLAS_SNS_SQS_URL: url },
    logFile: options.logFile,
    ready: async () => (await fetch(`http://127.0.0.1:${port}/_localstack/health`)).ok,
    readyTimeoutMs: 60_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5000,
    orphanSignal: 'SIGKILL',
  };
}
