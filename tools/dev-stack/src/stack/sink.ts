import { join } from 'node:path';
import type { ProcessSpec } from '../process/service-process.ts';
import type { PartOptions } from './part-options.ts';

/** The outside world: a mail server and a webhook receiver that keep what they get, with pages to look at it. */
export function prepareSink(options: PartOptions & { smtpPort: number; inMemory: boolean }): ProcessSpec {
  const { port, smtpPort, inMemory } = options;
  return {
    name: 'sink',
    command: process.execPath,
    args: [join(import.meta.dirname, '..', 'sink', 'main.ts')],
    env: {
      PATH: process.env['PATH'],
      SINK_PORT: String(port),
      SMTP_PORT: String(smtpPort),
      ...(inMemory ? {} : { SINK_DIR: join(options.dataDir, 'sink') }),
    },
    logFile: options.logFile,
    ready: async () => (await fetch(`http://127.0.0.1:${port}/api/mail/summary`)).ok,
    readyTimeoutMs: 30_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5000,
    orphanSignal: 'SIGTERM',
  };
}
