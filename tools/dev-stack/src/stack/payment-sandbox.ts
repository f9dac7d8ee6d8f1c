import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessSpec } from '../process/service-process.ts';
import { workspaceRoot } from '../workspace.ts';
import type { PartOptions } from './part-options.ts';

/** The payment provider: test payment methods, a ledger that survives its own restart, and pages to look at it. */
export function preparePaymentSandbox(
  options: PartOptions & { inMemory: boolean; webhook: { url: string; secret: string } },
): ProcessSpec {
  const { port, inMemory, webhook } = options;
  const folder = join(options.dataDir, 'payment-sandbox');
  if (!inMemory) mkdirSync(folder, { recursive: true });
  return {
    name: 'payment-sandbox',
    command: process.execPath,
    args: [join(workspaceRoot, 'tools', 'payment-sandbox', 'src', 'main.ts')],
    env: {
      PATH: process.env['PATH'],
      PAYMENT_SANDBOX_PORT: String(port),
      PAYMENT_WEBHOOK_URL: webhook.url,
      PAYMENT_WEBHOOK_SECRET: webhook.secret,
      ...(inMemory ? {} : { PAYMENT_SANDBOX_DIR: folder }),
    },
    logFile: options.logFile,
    ready: async () => (await fetch(`http://127.0.0.1:${port}/health/live`)).ok,
    readyTimeoutMs: 30_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5000,
    orphanSignal: 'SIGTERM',
  };
}
