import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StackError } from '../errors.ts';
import type { ProcessSpec } from '../process/service-process.ts';
import type { PartOptions } from './part-options.ts';

/** DynamoDB as a static binary over SQLite; StackError PREREQUISITE_MISSING where the platform has none. */
export function prepareDynamodb(options: PartOptions): ProcessSpec {
  const { port } = options;
  const folder = join(options.dataDir, 'dynamodb');
  mkdirSync(folder, { recursive: true });
  return {
    name: 'dynamodb',
    command: findDynoxide(),
    args: ['--host', '127.0.0.1', '--port', String(port), '--db-path', join(folder, 'tables.db')],
    env: { PATH: process.env['PATH'] },
    logFile: options.logFile,
    // Any HTTP answer will do: the emulator refuses a request that is not signed.
    ready: async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0,
    readyTimeoutMs: 30_000,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 5000,
    orphanSignal: 'SIGTERM',
  };
}

function findDynoxide(): string {
  const name = `@dynoxide/${process.platform}-${process.arch}`;
  try {
    const manifest = createRequire(import.meta.filename).resolve(`${name}/package.json`);
    return join(dirname(manifest), process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide');
  } catch (error) {
    const message = `DynamoDB: the emulator is not installed for this platform. Run: npm install --no-save ${name}`;
    throw new StackError('PREREQUISITE_MISSING', message, { cause: error });
  }
}
