import { join } from 'node:path';
import type { ProcessSpec } from '../process/service-process.ts';
import type { PartOptions } from './part-options.ts';

/** SNS and SQS in one emulator process. `inMemory` is about twice as fast and forgets everything when it stops. */
export function prepareSqs(options: PartOptions & { inMemory: boolean; region: string }): ProcessSpec {
  const { port, inMemory, region } = options;
  return {
    name: 'sqs',
    command: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'sqs-main.ts')],
    env: {
      PATH: process.env['PATH'],
      SQS_PORT: String(port),
      AWS_REGION: region,
      ...(inMemory ? {} : { SQS_DATA_DIR: join(options.dataDir, 'sqs') }),
    },
    logFile: options.logFile,
    ready: async () => (await fetch(`http://127.0.0.1:${port}/health`)).ok,
    readyTimeoutMs: 30_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5000,
    orphanSignal: 'SIGKILL',
  };
}
